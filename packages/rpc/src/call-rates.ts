import type { Log, Metrics } from "@till/telemetry";
import { appError } from "./app-error.ts";
import type { Call } from "./call.ts";
import type { OnLimit } from "./count-limits.ts";
import { countedAddress } from "./counted-address.ts";
import type { Limits } from "./limits.ts";
import { openRates, ratePrefixes, type RateStore } from "./rates.ts";

/** Counts calls against the rates of their address and of their caller, each for its method. */
export type CallRates = {
  /** Rejects with RATE_LIMITED; undefined where there is no such rate. */
  readonly countAddress: (call: Call) => Promise<void> | undefined;
  /** The same once the caller is known. */
  readonly countCaller: (call: Call) => Promise<void> | undefined;
  close(): Promise<void>;
};

type Options = {
  readonly limits: Pick<Limits, "addressCallsPerSecond" | "callerCallsPerSecond">;
  readonly store: RateStore;
  readonly onLimit: OnLimit;
  readonly log: Log;
  readonly metrics: Metrics;
};

/** On top of a rate its calls of so many seconds may come at once. */
const burstSeconds = 4;

/** Opens the rates of one server; a rate of 0 is no limit, and two of them connect to no Redis. */
export function callRates({ limits, store, onLimit, ...telemetry }: Options): CallRates {
  const { addressCallsPerSecond: address, callerCallsPerSecond: caller } = limits;
  if (address === 0 && caller === 0) return unlimited;
  const rates = openRates({
    ...store,
    rates: { address: rateOf(address), caller: rateOf(caller) },
    prefix: ratePrefixes.calls,
    ...telemetry,
  });

  async function count(by: "address" | "caller", key: string): Promise<void> {
    const retryAfterMs = await rates.count(by, key);
    if (retryAfterMs === 0) return;
    onLimit(`calls_per_${by}`);
    throw appError("RATE_LIMITED", `too many calls of this ${by}, try again later`, { retryAfterMs });
  }

  return {
    countAddress: (call) =>
      address === 0 ? undefined : count("address", `${call.method} ${countedAddress(call.peerAddress)}`),
    countCaller: (call) =>
      caller === 0 ? undefined : count("caller", `${call.method} ${call.caller.role} ${call.caller.id}`),
    close: () => rates.close(),
  };
}

const unlimited: CallRates = {
  countAddress: () => undefined,
  countCaller: () => undefined,
  close: () => Promise.resolve(),
};

function rateOf(perSecond: number) {
  return { perSecond, burst: perSecond * burstSeconds };
}
