import { expect } from "chai";
import { validate, version } from "uuid";
import { newId, randomHex } from "./ids.ts";

describe("newId", () => {
  it("makes UUIDs of version 7 that carry the time", () => {
    const before = Date.now();
    const id = newId();
    expect(validate(id) && version(id)).to.equal(7);
    const ms = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
    expect(ms).to.be.within(before, Date.now());
  });

  it("makes each greater than the one before, and none twice", () => {
    const ids = Array.from({ length: 20_000 }, newId);
    expect(ids).to.deep.equal([...new Set(ids)].sort());
  });

  it("does not let one id tell the next", () => {
    const tails = Array.from({ length: 2000 }, () => newId().slice(-10));
    expect(new Set(tails).size).to.equal(2000);
  });
});

describe("randomHex", () => {
  it("gives two digits a byte and never the same twice", () => {
    const all = Array.from({ length: 2000 }, () => randomHex(8));
    expect(new Set(all).size).to.equal(2000);
    expect(all[0]).to.match(/^[0-9a-f]{16}$/);
  });
});
