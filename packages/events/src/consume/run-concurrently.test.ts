import { expect } from "chai";
import { runConcurrently } from "./run-concurrently.ts";

describe("working concurrently", () => {
  it("works on all items, never on more at once than allowed", async () => {
    const done: number[] = [];
    let running = 0;
    await runConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      running += 1;
      expect(running).to.be.at.most(3);
      await new Promise(setImmediate);
      running -= 1;
      done.push(item);
    });
    expect(done).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
  });

  it("begins nothing after a failure, and fails only when what runs has ended", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const outcome = await runConcurrently([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error("first");
      await new Promise(setImmediate);
      ended.push(item);
    }).catch((error: unknown) => error);
    expect(outcome).to.have.property("message", "first");
    expect({ begun, ended }).to.deep.equal({ begun: [1, 2], ended: [2] });
  });
});
