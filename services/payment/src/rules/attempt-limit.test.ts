import { expect } from "chai";
import { AppError } from "@till/rpc/errors";
import { requireAttemptAllowed, type Attempt } from "./attempt-limit.ts";

const start = new Date("2026-08-20T12:00:00Z").getTime();
const limits = { perUser: 4, perCard: 2 };
const minute = 60_000;
const hour = 60 * minute;

const attemptAt = (ms: number, cardHash: string): Attempt => ({ at: new Date(start + ms), cardHash });

function retryAfterOf(earlier: readonly Attempt[], attempt: Attempt, given = limits): number | undefined {
  try {
    requireAttemptAllowed(earlier, attempt, given);
  } catch (error) {
    if (error instanceof AppError && error.reason === "RATE_LIMITED") return error.facts.retryAfterMs;
    throw error;
  }
  return undefined;
}

describe("the limit of attempts to pay within an hour", () => {
  const two = [attemptAt(0, "a"), attemptAt(10 * minute, "a")];

  it("holds for each card, and reports when the next attempt is allowed", () => {
    expect(retryAfterOf(two, attemptAt(20 * minute, "a"))).to.equal(40 * minute);
    expect(retryAfterOf(two, attemptAt(20 * minute, "b"))).to.equal(undefined);
  });

  it("holds for each user, whatever the card", () => {
    const four = ["a", "b", "c", "d"].map((card, index) => attemptAt(index * minute, card));
    expect(retryAfterOf(four, attemptAt(30 * minute, "e"))).to.equal(30 * minute);
    expect(retryAfterOf(four, attemptAt(hour, "e"))).to.equal(undefined);
  });

  it("counts attempts of one hour, to the millisecond, in whatever order they are given", () => {
    const same = [attemptAt(1, "a"), attemptAt(0, "a")];
    expect(retryAfterOf(same, attemptAt(hour - 1, "a"))).to.equal(1);
    expect(retryAfterOf(same, attemptAt(hour, "a"))).to.equal(undefined);
  });

  it("counts all attempts when a limit was lowered since", () => {
    const four = ["a", "a", "b", "b"].map((card, index) => attemptAt(index * minute, card));
    const lowered = { perUser: 2, perCard: 2 };
    expect(retryAfterOf(four, attemptAt(10 * minute, "c"), lowered)).to.equal(52 * minute);
  });
});
