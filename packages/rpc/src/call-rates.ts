import { appError } from "./app-error.ts";
import { openBuckets, type Buckets } from "./buckets.ts";
import type { Call } from "./call.ts";
import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";
import { withoutPort } from "./peer-address.ts";

/** Counts calls against the rates of their address and of their caller, each for its method. */
export type CallRates = {
  /** Throws RATE_LIMITED. */
  readonly countAddress: (call: Call) => void;
  /** The same once the caller is known. */
  readonly countCaller: (call: Call) => void;
};

/** A rate is exceeded by its calls of so many seconds, at once. */
const burstSeconds = 5;

/** Opens the rates of one server, which counts by itself; a rate of 0 is no limit. */
export function callRates(
  limits: Pick<Limits, "addressCallsPerSecond" | "callerCallsPerSecond">,
  onLimit: OnLimit,
): CallRates {
  const addresses = bucketsOf(limits.addressCallsPerSecond);
  const callers = bucketsOf(limits.callerCallsPerSecond);

  function count(buckets: Buckets, key: string, by: "address" | "caller"): void {
    const waitMs = buckets.take(key);
    if (waitMs === 0) return;
    onLimit(`calls_per_${by}`);
    throw appError("RATE_LIMITED", `too many calls of this ${by}, try again later`, {
      retryAfterMs: Math.ceil(waitMs),
    });
  }

  return {
    countAddress(call) {
      if (addresses) count(addresses, `${call.method} ${withoutPort(call.peerAddress)}`, "address");
    },
    countCaller(call) {
      if (callers) count(callers, `${call.method} ${call.caller.role} ${call.caller.id}`, "caller");
    },
  };
}

function bucketsOf(perSecond: number): Buckets | undefined {
  return perSecond === 0 ? undefined : openBuckets({ size: perSecond * burstSeconds, perSecond });
}
