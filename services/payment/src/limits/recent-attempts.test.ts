import { expect } from "chai";
import { AppError } from "@till/rpc/errors";
import {
  attemptOf,
  countIn,
  takeBack,
  windowMs,
  type Attempt,
  type RecentAttempts,
} from "./recent-attempts.ts";

const start = new Date("2026-08-20T12:00:00Z");
const limits = { perUser: 4, perCard: 2 };
const minute = 60_000;

/** Attempts as [minutes after the start, card]; each is a payment of its own. */
function count(...attempts: [number, string][]): RecentAttempts {
  return attempts.reduce<RecentAttempts>(
    (recent, [minutes, card]) => countIn(recent, attemptAt(minutes, card), limits),
    { userId: "ada", attempts: [] },
  );
}

let payments = 0;
function attemptAt(minutes: number, token: string, userId = "ada"): Attempt {
  const createdAt = new Date(start.getTime() + minutes * minute);
  return attemptOf({ id: `payment ${(payments += 1)}`, userId, createdAt }, token);
}

function retryAfterOf(work: () => unknown): number | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError && error.reason === "RATE_LIMITED") return error.facts.retryAfterMs;
    throw error;
  }
  return undefined;
}

describe("attempts to pay within an hour", () => {
  it("are limited for each card, and say when there is room again", () => {
    expect(retryAfterOf(() => count([0, "a"], [10, "a"], [20, "a"]))).to.equal(40 * minute);
    expect(count([0, "a"], [10, "a"], [20, "b"]).attempts).to.have.length(3);
  });

  it("are limited for each user, whatever the card", () => {
    const four: [number, string][] = [
      [0, "a"],
      [1, "b"],
      [2, "c"],
      [3, "d"],
    ];
    expect(retryAfterOf(() => count(...four, [30, "e"]))).to.equal(30 * minute);
    expect(count(...four, [60, "e"]).attempts).to.have.length(4);
  });

  it("count for one hour, to the millisecond", () => {
    const recent = count([0, "a"], [0, "a"]);
    const late = (ms: number) => ({ ...attemptAt(0, "a"), at: start.getTime() + windowMs + ms });
    expect(retryAfterOf(() => countIn(recent, late(-1), limits))).to.equal(1);
    expect(countIn(recent, late(0), limits).attempts).to.have.length(1);
  });

  it("are taken back one by one: a decline stays counted where its key was refused by the order just before", () => {
    const refused = count([0, "a"]);
    const both = countIn(refused, attemptAt(0, "a"), limits);
    const [first, declined] = both.attempts;
    const recent = takeBack(both, first!.payment);
    expect(recent.attempts).to.deep.equal([declined]);
    expect(takeBack(recent, first!.payment), "there is nothing left to take back").to.equal(recent);
  });

  it("are counted as they are where a limit was lowered since", () => {
    const recent = count([0, "a"], [1, "a"], [2, "b"], [3, "b"]);
    const retryAfter = retryAfterOf(() => countIn(recent, attemptAt(10, "c"), { perUser: 2, perCard: 2 }));
    expect(retryAfter).to.equal(52 * minute);
  });

  it("keep nothing of the card that could be charged, and nothing that two users share", () => {
    const [ada, bo] = ["ada", "bo"].map((user) => attemptAt(0, "tok_secret", user));
    expect(JSON.stringify(ada)).not.to.include("secret");
    expect(ada!.card).not.to.equal(bo!.card);
  });
});
