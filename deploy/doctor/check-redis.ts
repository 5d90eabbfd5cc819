import { tryRates } from "@till/rpc/rates";
import { addressOf } from "@till/telemetry";
import { Redis } from "ioredis";
import { readFileSync } from "node:fs";
import { failed, ok, reasonOf, warn, type CheckResult } from "./check-result.ts";

type RedisSettings = { readonly redisUrl: string | undefined; readonly redisCa: string | undefined };

type Uses = {
  /** How the service runs without it. */
  readonly without: string;
  /** What the keys of its rates begin with; undefined where it has no rates. */
  readonly rates: string | undefined;
};

/** Looks at Redis, and at what the service needs of it. */
export async function checkRedis(
  { redisUrl: url, redisCa: ca }: RedisSettings,
  { without, rates }: Uses,
): Promise<CheckResult[]> {
  if (url === undefined) return [ok("redis", `REDIS_URL is not set: ${without}`)];
  let authority: Buffer | undefined;
  try {
    authority = ca === undefined ? undefined : readFileSync(ca);
  } catch (error) {
    return [failed("redis", reasonOf(error), "correct REDIS_CA")];
  }
  const redis = new Redis(url, {
    ...(authority && { tls: { ca: authority } }),
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  });
  let failure: Error | undefined;
  redis.on("error", (error: Error) => (failure ??= error));
  try {
    await redis.connect();
    await redis.ping();
    const info = await redis.info();
    return [
      ok("redis", `${addressOf(url)} responds, version ${valueIn(info, "redis_version")}`),
      memory(info),
      ...(rates === undefined ? [] : [await checkRates(redis, rates)]),
    ];
  } catch (error) {
    // What the connection failed of says more than that it was closed.
    const found = `${addressOf(url)}: ${reasonOf(failure ?? error)}`;
    const isAuth = /NOAUTH|WRONGPASS|NOPERM/.test(found);
    const remedy = isAuth
      ? "correct the user and password in REDIS_URL, or its rights"
      : "start Redis, or correct REDIS_URL";
    return [failed("redis", found, remedy)];
  } finally {
    redis.disconnect();
  }
}

/** A user that may not count leaves each process with rates of its own. */
async function checkRates(redis: Redis, prefix: string): Promise<CheckResult> {
  const check = "redis rates";
  try {
    await tryRates(redis, prefix);
    return ok(check, "replicas share them");
  } catch (error) {
    const rights = `~${prefix}:* +info +set +eval +evalsha +incrby +pttl +expire`;
    return failed(check, reasonOf(error), `give the user of REDIS_URL its rights: ACL SETUSER … ${rights}`);
  }
}

/** A cache that is full must make room for new entries. */
function memory(info: string): CheckResult {
  const policy = valueIn(info, "maxmemory_policy");
  const isBounded = Number(valueIn(info, "maxmemory")) > 0;
  if (!isBounded || policy !== "noeviction") return ok("redis memory", `policy ${policy}`);
  return warn("redis memory", "it rejects writes once it is full", "set maxmemory-policy to allkeys-lru");
}

function valueIn(info: string, name: string): string {
  return new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]?.trim() ?? "unknown";
}
