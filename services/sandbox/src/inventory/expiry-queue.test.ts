import { expect } from "chai";
import { createDueQueue } from "./expiry-queue.ts";

describe("the queue of what falls due", () => {
  const [early, noon, alsoNoon, late] = [1, 12, 12, 23].map((expiresAt) => ({ expiresAt }));

  function filled() {
    const queue = createDueQueue<{ readonly expiresAt: number }>();
    for (const item of [noon!, late!, early!, alsoNoon!]) queue.add(item);
    return queue;
  }

  it("gives out what is due, the earliest first and each once", () => {
    const queue = filled();
    expect(queue.takeDue(0)).to.eql([]);
    expect(queue.takeDue(12)).to.have.ordered.members([early, noon, alsoNoon]);
    expect(queue.takeDue(12)).to.eql([]);
    expect(queue.takeDue(99)).to.have.ordered.members([late]);
  });

  it("does not give out what was removed, nor its neighbours of the same time less", () => {
    const queue = filled();
    queue.remove(noon!);
    queue.remove(noon!);
    queue.remove({ expiresAt: 12 });
    expect(queue.takeDue(99)).to.have.ordered.members([early, alsoNoon, late]);
  });
});
