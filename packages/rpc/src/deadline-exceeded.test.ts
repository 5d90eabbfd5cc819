import { expect } from "chai";
import { appError } from "./app-error.ts";
import { reasonOf } from "./status.ts";
import type { Call } from "./call.ts";
import { causeOf } from "./deadline-exceeded.ts";

describe("A call whose upstream gives no answer", () => {
  const reasonWith = (remainingMs: number, signal = new AbortController().signal) => {
    const call = { remainingMs, signal, abort: () => undefined } as unknown as Call;
    return reasonOf(
      causeOf(
        appError("UPSTREAM_UNAVAILABLE", "users cannot be reached, try again", { upstream: "users" }),
        call,
      ),
    );
  };

  it("fails of its own time being up, also where the upstream's ends a moment before", () => {
    expect([-5, 0, 1].map((ms) => reasonWith(ms))).to.deep.equal(Array(3).fill("DEADLINE_EXCEEDED"));
  });

  it("fails of its caller's going, where that came first", () => {
    expect(reasonWith(500, AbortSignal.abort())).to.equal("CANCELLED");
  });

  it("fails of the upstream while there is time", () => {
    expect(reasonWith(50)).to.equal("UPSTREAM_UNAVAILABLE");
  });
});
