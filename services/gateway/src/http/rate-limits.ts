import type { Log } from "@till/telemetry";
import { Redis } from "ioredis";
import {
  BurstyRateLimiter,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from "rate-limiter-flexible";
import { readFileSync } from "node:fs";
import { appError } from "../errors.ts";
import type { GatewayTelemetry } from "../telemetry.ts";

/** So many requests a second, and on top of them a burst within ten seconds. */
type Rate = { readonly perSecond: number; readonly burst: number };

export type RateLimits = {
  /** Counts a request of an address or of a verified caller. Throws RATE_LIMITED above the limit. */
  readonly count: (by: "address" | "caller", name: string) => Promise<void>;
  close(): Promise<void>;
};

type RateLimitOptions = {
  readonly rates: Readonly<Record<"address" | "caller", Rate>>;
  /** Where replicas share their counts. Undefined: each counts by itself. */
  readonly redisUrl: string | undefined;
  /** A PEM file: the authority of a rediss:// server's certificate. */
  readonly redisCa: string | undefined;
  readonly telemetry: Pick<GatewayTelemetry, "rateLimited">;
  readonly log: Log;
};

const burstSeconds = 10;

/** Limits requests by address and by caller, in Redis or in memory; in memory also while Redis is away. */
export function openRateLimits({ rates, redisUrl, redisCa, telemetry, log }: RateLimitOptions): RateLimits {
  const redis = redisUrl === undefined ? undefined : connectRedis(redisUrl, redisCa, log);
  const limiters = {
    address: limiterOf("address", rates.address, redis),
    caller: limiterOf("caller", rates.caller, redis),
  };
  return {
    async count(by, name) {
      try {
        await limiters[by].consume(name);
      } catch (rejection) {
        if (!(rejection instanceof RateLimiterRes)) throw rejection;
        telemetry.rateLimited(by);
        throw appError("RATE_LIMITED", `too many requests of this ${by}, try again later`, {
          retryAfterMs: Math.max(rejection.msBeforeNext, 1),
        });
      }
    },
    async close() {
      await redis?.quit().catch(() => redis.disconnect());
    },
  };
}

function limiterOf(by: string, { perSecond, burst }: Rate, redis: Redis | undefined): BurstyRateLimiter {
  const limiter = (name: string, points: number, duration: number): RateLimiterAbstract => {
    const options = { keyPrefix: `till:gateway:${by}:${name}`, points, duration };
    const memory = new RateLimiterMemory(options);
    if (!redis) return memory;
    const shared = { storeClient: redis, rejectIfRedisNotReady: true, insuranceLimiter: memory };
    return new RateLimiterRedis({ ...options, ...shared });
  };
  return new BurstyRateLimiter(limiter("rate", perSecond, 1), limiter("burst", burst, burstSeconds));
}

function connectRedis(url: string, ca: string | undefined, log: Log): Redis {
  const redis = new Redis(url, {
    ...(ca && { tls: { ca: readFileSync(ca) } }),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 50,
    connectTimeout: 1_000,
    socketTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  });
  let isAway = false;
  redis.on("ready", () => (isAway = false));
  redis.on("error", (error: Error) => {
    if (!isAway) log.warn({ err: error }, "redis is away: rate limits count in this process alone");
    isAway = true;
  });
  return redis;
}
