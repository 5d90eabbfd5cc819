import type { Log } from "@till/telemetry";
import { Redis } from "ioredis";
import { readFileSync } from "node:fs";
import {
  BurstyRateLimiter,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from "rate-limiter-flexible";

/** So many a second, and on top of them a burst within ten seconds. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/** Counts what each key does against the rates, by their names. */
export type Rates<Name extends string> = {
  /** Counts one; returns 0, or for how many milliseconds there is no room for it. */
  readonly count: (by: Name, key: string) => Promise<number>;
  close(): Promise<void>;
};

/** Where replicas share their counts. */
export type RateStore = {
  /** Undefined: each process counts by itself. */
  readonly redisUrl: string | undefined;
  /** A PEM file: the authority of a rediss:// server's certificate. */
  readonly redisCa: string | undefined;
};

type RatesOptions<Name extends string> = RateStore & {
  readonly rates: Readonly<Record<Name, Rate>>;
  /** What the keys in Redis begin with. */
  readonly prefix: string;
  readonly log: Log;
};

const burstSeconds = 10;

/** Opens rates, in Redis or in memory; in memory also while Redis is away. */
export function openRates<Name extends string>({
  rates,
  prefix,
  redisUrl,
  redisCa,
  log,
}: RatesOptions<Name>): Rates<Name> {
  const redis = redisUrl === undefined ? undefined : connectRedis(redisUrl, redisCa, log);
  const limiters = new Map<string, BurstyRateLimiter>();
  for (const [by, rate] of Object.entries<Rate>(rates))
    limiters.set(by, limiterOf(`${prefix}:${by}`, rate, redis));
  return {
    count: (by, key) => waitMsOf(limiters.get(by)!.consume(key)),
    async close() {
      await redis?.quit().catch(() => redis.disconnect());
    },
  };
}

/** Counts what each key does in windows of so many seconds, in this process. */
export function openWindow({ most, seconds }: { readonly most: number; readonly seconds: number }) {
  const limiter = new RateLimiterMemory({ points: most, duration: seconds });
  return {
    /** Counts one; returns whether it is too many. */
    count: async (key: string) => (await waitMsOf(limiter.consume(key))) > 0,
  };
}

async function waitMsOf(consumed: Promise<unknown>): Promise<number> {
  try {
    await consumed;
    return 0;
  } catch (rejection) {
    if (!(rejection instanceof RateLimiterRes)) throw rejection;
    return Math.max(rejection.msBeforeNext, 1);
  }
}

function limiterOf(prefix: string, { perSecond, burst }: Rate, redis: Redis | undefined): BurstyRateLimiter {
  const limiter = (name: string, points: number, duration: number): RateLimiterAbstract => {
    const options = { keyPrefix: `${prefix}:${name}`, points, duration };
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
