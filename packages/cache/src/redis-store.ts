import type { Log, Metrics } from "@till/telemetry";
import { Redis } from "ioredis";
import { readFileSync } from "node:fs";
import { circuit } from "./circuit.ts";
import type { CacheStore, StoredEntry } from "./store.ts";

type RedisStoreOptions = {
  readonly url: string;
  /** A PEM file: the authority that a rediss:// server's certificate is of; left out, the machine's. */
  readonly ca?: string | undefined;
  /** What the keys begin with. Change it when the form of the stored values changes. */
  readonly prefix: string;
  readonly log?: Log | undefined;
  readonly metrics?: Metrics | undefined;
  /** How long a call may take before Redis counts as away. */
  readonly limitMs?: number;
};

/** A store in Redis, which may die, hang or come back at any time: that costs one call 50 ms, and then none. */
export function redisStore({ url, ca, prefix, log, metrics, limitMs = 50 }: RedisStoreOptions): CacheStore {
  const guard = circuit({ log, metrics, limitMs });
  const redis = new Redis(url, {
    ...options,
    ...(ca && { tls: { ca: readFileSync(ca) } }),
    ...{ commandTimeout: limitMs, keyPrefix: prefix },
  });
  redis.on("error", (error: Error) => guard.open(error));
  // Without a queue, calls made while the first connection is still opening would count as failures.
  const tried = new Promise<void>((resolve) => redis.once("ready", resolve).once("close", resolve));

  return {
    getMany: (keys) => guard.run(() => tried.then(() => getAll(redis, keys)), Array<undefined>(keys.length)),
    setMany: (entries) => guard.run(() => tried.then(() => setAll(redis, entries)), undefined),
    deleteMany: (keys) => guard.run(() => tried.then(() => deleteAll(redis, keys)), undefined),
    async close() {
      // QUIT lets the writes under way finish; a server that does not respond is disconnected.
      await redis.quit().catch(() => redis.disconnect());
    },
  };
}

const options = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  autoResendUnfulfilledCommands: false,
  connectTimeout: 1_000,
  // A connection whose other end has vanished is closed, or the kernel would keep it for a quarter of an hour.
  socketTimeout: 2_000,
  retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
};

async function getAll(redis: Redis, keys: readonly string[]): Promise<(string | undefined)[]> {
  const values = await redis.mget(...keys);
  return values.map((value) => value ?? undefined);
}

async function deleteAll(redis: Redis, keys: readonly string[]): Promise<void> {
  await redis.del(...keys);
}

async function setAll(redis: Redis, entries: readonly StoredEntry[]): Promise<void> {
  const commands = redis.pipeline();
  for (const { key, value, ttlMs } of entries) commands.set(key, value, "PX", ttlMs);
  const replies = await commands.exec();
  const rejected = replies?.find(([error]) => error !== null);
  if (rejected !== undefined) throw rejected[0] as Error;
}
