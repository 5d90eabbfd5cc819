import type { Log, Metrics } from "@till/telemetry";
import { Redis } from "ioredis";
import { readFileSync } from "node:fs";
import {
  BurstyRateLimiter,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from "rate-limiter-flexible";
import { watchSharing } from "./watch-sharing.ts";

/** So many a second, and on top of them a burst within ten seconds. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/** So many in each window of so many seconds, which begins with its first. */
type Window = { readonly most: number; readonly seconds: number };

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
  readonly rates: Readonly<Record<Name, Rate | Window>>;
  /** What the keys in Redis begin with. */
  readonly prefix: string;
  readonly log: Log;
  readonly metrics: Metrics;
};

const burstSeconds = 10;

/** Opens rates, in Redis or in memory; in memory also while Redis is away, or rejects what the rates need of it. */
export function openRates<Name extends string>({
  rates,
  prefix,
  redisUrl,
  redisCa,
  ...telemetry
}: RatesOptions<Name>): Rates<Name> {
  const inMemory = limitersOf(rates, prefix, undefined);
  if (redisUrl === undefined)
    return { count: (by, key) => waitMsOf(inMemory[by].consume(key)), close: () => Promise.resolve() };
  const sharing = watchSharing(telemetry);
  const redis = connectRedis(redisUrl, redisCa);
  redis.on("error", sharing.failed);
  const shared = limitersOf(rates, prefix, redis);
  return {
    async count(by, key) {
      try {
        const waitMs = await waitMsOf(shared[by].consume(key));
        sharing.worked();
        return waitMs;
      } catch (error) {
        sharing.failed(error);
        sharing.countedInMemory(error);
        return waitMsOf(inMemory[by].consume(key));
      }
    },
    async close() {
      await redis.quit().catch(() => redis.disconnect());
    },
  };
}

/** What the keys of rates in Redis begin with: of a gateway's requests, and of a gRPC server's calls. */
export const ratePrefixes = { gateway: "till:gateway", calls: "till:calls" } as const;

/** Counts once in Redis, under a key that is gone within ten seconds. Throws what Redis rejects of it: NOPERM. */
export async function tryRates(redis: Redis, prefix: string): Promise<void> {
  await waitMsOf(limitersOf({ doctor: { perSecond: 1, burst: 1 } }, prefix, redis).doctor.consume("doctor"));
}

/** Counts what each key does in windows, in this process. */
export function openWindow({ most, seconds }: Window) {
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

function limitersOf<Name extends string>(
  rates: Readonly<Record<Name, Rate | Window>>,
  prefix: string,
  redis: Redis | undefined,
): Readonly<Record<Name, Limiter>> {
  const limiter = (name: string, points: number, duration: number): RateLimiterAbstract => {
    const options = { keyPrefix: `${prefix}:${name}`, points, duration };
    return redis
      ? new RateLimiterRedis({ ...options, storeClient: redis, rejectIfRedisNotReady: true })
      : new RateLimiterMemory(options);
  };
  const limiterOf = (by: string, rate: Rate | Window): Limiter =>
    "most" in rate
      ? limiter(by, rate.most, rate.seconds)
      : new BurstyRateLimiter(
          limiter(`${by}:rate`, rate.perSecond, 1),
          limiter(`${by}:burst`, rate.burst, burstSeconds),
        );
  const limiters = Object.entries<Rate | Window>(rates).map(([by, rate]) => [by, limiterOf(by, rate)]);
  return Object.fromEntries(limiters) as Record<Name, Limiter>;
}

type Limiter = Pick<RateLimiterAbstract, "consume">;

function connectRedis(url: string, ca: string | undefined): Redis {
  return new Redis(url, {
    ...(ca && { tls: { ca: readFileSync(ca) } }),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 50,
    connectTimeout: 1_000,
    socketTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  });
}
