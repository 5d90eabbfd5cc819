import { expect } from "chai";
import { createRing } from "./ring-buffer.ts";

describe("a ring", () => {
  it("keeps the newest items, oldest first, and hands back what it drops", () => {
    const ring = createRing<number>(3);
    expect([1, 2, 3, 4, 5].map((item) => ring.push(item))).to.eql([undefined, undefined, undefined, 1, 2]);
    expect([...ring.items()]).to.eql([3, 4, 5]);
  });

  it("gives a reader that pauses what was there when it began, less what was dropped since", () => {
    const ring = createRing<number>(3);
    [1, 2, 3].forEach((item) => ring.push(item));
    const reader = ring.items()[Symbol.iterator]();
    expect(reader.next().value).to.equal(1);
    [4, 5].forEach((item) => ring.push(item));
    expect([reader.next().value, reader.next().done]).to.eql([3, true]);
  });

  it("ends a reader whose items have all been dropped", () => {
    const ring = createRing<number>(2);
    [1, 2].forEach((item) => ring.push(item));
    const reader = ring.items()[Symbol.iterator]();
    reader.next();
    [3, 4, 5].forEach((item) => ring.push(item));
    expect(reader.next().done).to.equal(true);
  });
});
