import { expect } from "chai";
import { defaultRetries, pauseBeforeRetry } from "../src/retry.ts";
import { TillError } from "../src/till-error.ts";

describe("The pauses before retries", () => {
  const failure = new TillError("down", { reason: "UNAVAILABLE", code: "UNAVAILABLE" });
  const pauses = () =>
    Array.from({ length: defaultRetries }, (_, retries) => pauseBeforeRetry(failure, retries) ?? 0);

  it("are longer together than the transport waits before it connects again, whatever chance says", () => {
    const longestBackoffMs = 2_000 * 1.2;
    for (let round = 0; round < 1_000; round++) {
      const total = pauses().reduce((sum, pause) => sum + pause, 0);
      expect(total).to.be.greaterThan(longestBackoffMs).and.lessThan(10_000);
    }
  });

  it("differ from caller to caller, and are not before the time that the service names", () => {
    expect(new Set(Array.from({ length: 10 }, () => pauses()[0])).size).to.be.greaterThan(1);
    const aborted = { reason: "REQUEST_IN_PROGRESS", code: "ABORTED" } as const;
    expect(pauseBeforeRetry(new TillError("later", { ...aborted, retryAfterMs: 700 }), 0)).to.be.at.least(
      700,
    );
    expect(pauseBeforeRetry(new TillError("never", aborted), 0)).to.equal(undefined);
  });
});
