import { expect } from "chai";
import { untilSteady } from "./until-steady.ts";

describe("A load's warm-up", () => {
  /** A count that each window finds larger by what the next rate says. */
  function countOf(rates: (window: number) => number) {
    let [count, reads] = [0, 0];
    return () => {
      if (reads % 2 === 1) count += rates((reads - 1) / 2);
      reads += 1;
      return count;
    };
  }

  it("ends when three windows in a row have the same rate, within 5 per cent", async () => {
    const rates = [5_000, 9_000, 10_000, 10_300, 10_100];
    let windows = 0;
    const { isSteady } = await untilSteady(
      countOf((window) => rates[(windows = window)] ?? 0),
      20,
    );
    expect(isSteady).to.equal(true);
    expect(windows).to.equal(4);
  });

  it("ends without a steady rate when the rate goes on growing", async () => {
    const { isSteady } = await untilSteady(
      countOf((window) => 1_000 * 2 ** window),
      4,
    );
    expect(isSteady).to.equal(false);
  });

  it("does not take a standstill for steady", async () => {
    expect((await untilSteady(() => 0, 4)).isSteady).to.equal(false);
  });

  it("takes a difference that chance makes of few calls for steady", async () => {
    const { isSteady } = await untilSteady(
      countOf((window) => (window % 2 ? 30 : 36)),
      4,
    );
    expect(isSteady).to.equal(true);
  });
});
