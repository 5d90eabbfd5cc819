import { expect } from "chai";
import { backOffMs } from "./back-off.ts";

describe("backing off", () => {
  const limits = { firstMs: 100, maxMs: 1_000 };

  it("waits twice as long after every failure, up to a limit", () => {
    const waits = [1, 2, 3, 4, 5, 500].map((failures) => backOffMs(failures, limits, () => 1));
    expect(waits).to.deep.equal([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("spreads those who failed together over half the time", () => {
    expect(backOffMs(3, limits, () => 0)).to.equal(200);
  });
});
