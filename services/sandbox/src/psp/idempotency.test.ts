import { expect } from "chai";
import { noJournal } from "../journal.ts";
import { createIdempotency } from "./idempotency.ts";

describe("createIdempotency", () => {
  it("rejects a key with another request, and accepts it again once it was dropped", () => {
    const once = createIdempotency(2, noJournal);
    const answer = { status: 200, body: {} };
    const use = (key: string, amount: number) => once(key, { amount }, () => answer).replayed;
    expect([use("a", 1), use("a", 1), use("b", 1)]).to.eql([false, true, false]);
    expect(() => use("a", 2)).to.throw("another request");
    expect([use("c", 1), use("a", 2), use("c", 1)]).to.eql([false, false, true]);
  });

  it("leaves a key unused when its request throws", () => {
    const once = createIdempotency(2, noJournal);
    const fail = () => {
      throw new Error("no");
    };
    expect(() => once("a", {}, fail)).to.throw("no");
    expect(once("a", {}, () => ({ status: 200, body: {} })).replayed).to.equal(false);
  });
});
