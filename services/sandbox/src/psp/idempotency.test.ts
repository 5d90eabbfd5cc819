import { expect } from "chai";
import { noJournal } from "../journal.ts";
import { createOnce } from "./idempotency.ts";

describe("an idempotency key", () => {
  it("is refused with another request, and free again once it is forgotten", () => {
    const once = createOnce(2, noJournal);
    const answer = { status: 200, body: {} };
    const use = (key: string, amount: number) => once(key, { amount }, () => answer).replayed;
    expect([use("a", 1), use("a", 1), use("b", 1)]).to.eql([false, true, false]);
    expect(() => use("a", 2)).to.throw("another request");
    expect([use("c", 1), use("a", 2), use("c", 1)]).to.eql([false, false, true]);
  });

  it("stays unused when carrying out the request fails", () => {
    const once = createOnce(2, noJournal);
    const fail = () => {
      throw new Error("no");
    };
    expect(() => once("a", {}, fail)).to.throw("no");
    expect(once("a", {}, () => ({ status: 200, body: {} })).replayed).to.equal(false);
  });
});
