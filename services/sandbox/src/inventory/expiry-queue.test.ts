import { expect } from "chai";
import { createExpiryQueue } from "./expiry-queue.ts";

describe("createExpiryQueue", () => {
  const [early, noon, alsoNoon, late] = [1, 12, 12, 23].map((expiresAt) => ({ expiresAt }));

  function filled() {
    const queue = createExpiryQueue<{ readonly expiresAt: number }>();
    for (const item of [noon!, late!, early!, alsoNoon!]) queue.add(item);
    return queue;
  }

  it("returns expired items, the earliest first and each once", () => {
    const queue = filled();
    expect(queue.takeExpired(0)).to.eql([]);
    expect(queue.takeExpired(12)).to.have.ordered.members([early, noon, alsoNoon]);
    expect(queue.takeExpired(12)).to.eql([]);
    expect(queue.takeExpired(99)).to.have.ordered.members([late]);
  });

  it("does not return a removed item, and still returns others with the same time", () => {
    const queue = filled();
    queue.remove(noon!);
    queue.remove(noon!);
    queue.remove({ expiresAt: 12 });
    expect(queue.takeExpired(99)).to.have.ordered.members([early, alsoNoon, late]);
  });
});
