import { openRates, ratePrefixes, type Rate, type RateStore } from "@till/rpc/rates";
import type { Log, Metrics } from "@till/telemetry";
import { appError } from "../errors.ts";
import type { GatewayTelemetry } from "../telemetry.ts";

export type RateLimits = {
  /** Counts a request of an address or of a verified caller. Throws RATE_LIMITED above the limit. */
  readonly count: (by: "address" | "caller", name: string) => Promise<void>;
  close(): Promise<void>;
};

type RateLimitOptions = RateStore & {
  readonly rates: Readonly<Record<"address" | "caller", Rate>>;
  readonly telemetry: Pick<GatewayTelemetry, "rateLimited">;
  readonly log: Log;
  readonly metrics: Metrics;
};

/** Limits requests by address and by caller. */
export function openRateLimits({ telemetry, ...options }: RateLimitOptions): RateLimits {
  const rates = openRates({ ...options, prefix: ratePrefixes.gateway });
  return {
    async count(by, name) {
      const retryAfterMs = await rates.count(by, name);
      if (retryAfterMs === 0) return;
      telemetry.rateLimited(by);
      const message = `too many requests of this ${by}, try again later`;
      throw appError("RATE_LIMITED", message, { retryAfterMs });
    },
    close: () => rates.close(),
  };
}
