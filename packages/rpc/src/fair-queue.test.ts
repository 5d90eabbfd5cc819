import { expect } from "chai";
import { fairQueue } from "./fair-queue.ts";

describe("A fair queue", () => {
  function queueOf(...entries: string[]) {
    const queue = fairQueue<string>();
    for (const entry of entries) queue.push(entry[0]!, entry);
    return queue;
  }
  const drain = ({ length, shift }: ReturnType<typeof queueOf>) =>
    Array.from({ length: length() }, () => shift());

  it("lets its owners take turns, each with its oldest entry", () => {
    expect(drain(queueOf("a1", "a2", "a3", "b1", "c1", "b2"))).to.deep.equal([
      "a1",
      "b1",
      "c1",
      "a2",
      "b2",
      "a3",
    ]);
    expect(fairQueue().shift()).to.equal(undefined);
  });

  it("tells how many entries go before a new one", () => {
    const queue = queueOf("a1", "a2", "a3", "b1");
    expect(["a", "b", "c"].map(queue.placeFor)).to.deep.equal([5, 4, 3]);
    expect(fairQueue().placeFor("a")).to.equal(1);
  });

  it("gives an owner with less than its share the place of the newest entry of who has most", () => {
    const queue = queueOf("a1", "a2", "a3", "b1");
    expect(["a", "b", "c"].map(queue.hasShare)).to.deep.equal([true, false, false]);
    expect([queue.popFor("c"), queue.popFor("b"), queue.length()]).to.deep.equal(["a3", undefined, 3]);
    expect(drain(queue)).to.deep.equal(["a1", "b1", "a2"]);
  });

  it("has one owner alone keep to the order in which entries came", () => {
    const queue = queueOf("a1", "a2", "a3");
    expect([queue.hasShare("a"), queue.placeFor("a"), queue.popFor("a")]).to.deep.equal([true, 4, undefined]);
    expect(drain(queue)).to.deep.equal(["a1", "a2", "a3"]);
  });

  it("forgets entries that are not kept, and owners without any", () => {
    const queue = queueOf("a1", "a2", "b1");
    queue.filter((entry) => entry === "a2");
    expect([queue.length(), queue.placeFor("b")]).to.deep.equal([1, 2]);
    expect(drain(queue)).to.deep.equal(["a2"]);
  });
});
