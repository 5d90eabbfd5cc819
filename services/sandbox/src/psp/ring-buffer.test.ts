import { expect } from "chai";
import { createRingBuffer } from "./ring-buffer.ts";

describe("createRingBuffer", () => {
  it("keeps the newest items, oldest first, and returns the item it drops", () => {
    const buffer = createRingBuffer<number>(3);
    expect([1, 2, 3, 4, 5].map((item) => buffer.push(item))).to.eql([undefined, undefined, undefined, 1, 2]);
    expect([...buffer.items()]).to.eql([3, 4, 5]);
  });

  it("gives a paused reader the items present when it began, without those dropped since", () => {
    const buffer = createRingBuffer<number>(3);
    [1, 2, 3].forEach((item) => buffer.push(item));
    const reader = buffer.items()[Symbol.iterator]();
    expect(reader.next().value).to.equal(1);
    [4, 5].forEach((item) => buffer.push(item));
    expect([reader.next().value, reader.next().done]).to.eql([3, true]);
  });

  it("ends a reader whose items have all been dropped", () => {
    const buffer = createRingBuffer<number>(2);
    [1, 2].forEach((item) => buffer.push(item));
    const reader = buffer.items()[Symbol.iterator]();
    reader.next();
    [3, 4, 5].forEach((item) => buffer.push(item));
    expect(reader.next().done).to.equal(true);
  });
});
