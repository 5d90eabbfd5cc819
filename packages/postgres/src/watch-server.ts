import type { Log } from "@till/telemetry";
import { pause } from "@till/worker/pause";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createServerClock, type ServerClock } from "./server-clock.ts";
import { ServiceClient, type ServiceClientConfig } from "./service-client.ts";
import type { ServicePool } from "./service-pool.ts";

export type ServerWatch = Pick<ServerClock, "now"> & { readonly close: () => Promise<void> };

type WatchOptions = {
  readonly pool: ServicePool;
  readonly url: string;
  readonly log: Log;
  /** Called when the server stops or starts to respond. */
  readonly onReachable?: ((isReachable: boolean) => void) | undefined;
};

/** How long after its last response the server is checked. */
const quietMs = 700;
/** The least time between two checks. */
const restMs = 500;
/** How long the server may take to respond to the watch. */
const limitMs = 1_000;
/** How long a statement may run before the watch looks whether the server runs it at all. */
const suspectMs = 1_000;
/** How old the measurement of the server's clock may be. */
const clockMs = 5_000;

/**
 * Watches whether the server responds, on a connection of its own. A firewall drops connections without a word, and the
 * kernel notices after a quarter of an hour: where the server does not respond, what waits for it fails at once, until it
 * responds again. A response to any statement is proof, so the server is checked only where it has not responded lately. Where
 * it responds, connections whose statement it does not run are thrown away. On the way the watch reads the server's clock.
 * Rejects where the server does not respond now.
 */
export async function watchServer({ pool, url, log, onReachable }: WatchOptions): Promise<ServerWatch> {
  const closing = new AbortController();
  const { signal } = closing;
  const clock = createServerClock();
  let client: ServiceClient | undefined;
  let isReachable = true;
  let checkedAt = -Infinity;

  /** How long until the server is to be checked. */
  function dueInMs(): number {
    const now = performance.now();
    const isSuspect = !isReachable || pool.waitingFor(suspectMs).length > 0;
    const quietAt = Math.max(pool.respondedAt(), checkedAt) + quietMs;
    return Math.max(checkedAt + restMs, isSuspect ? 0 : Math.min(quietAt, checkedAt + clockMs)) - now;
  }

  /** Throws away what the server has lost; throws where the server does not respond. */
  async function check(): Promise<void> {
    client ??= await open(url, pool);
    const suspects = pool.waitingFor(suspectMs).map((suspect) => [suspect, suspect.sentAt] as const);
    const pids = suspects.flatMap(([{ serverPid }]) => serverPid ?? []);
    const sentAt = performance.now();
    const { rows } = await client.query<{ time: Date; running: number[] }>(selectState, [pids]);
    const [state] = rows;
    clock.measure(state!.time, sentAt, performance.now());
    const running = new Set(state!.running);
    const lost = suspects.filter(
      ([suspect, before]) =>
        suspect.sentAt === before && suspect.serverPid !== undefined && !running.has(suspect.serverPid),
    );
    if (lost.length === 0) return;
    log.warn({ connections: lost.length }, "the database server has lost connections: they are thrown away");
    pool.throwAway(lost.map(([suspect]) => suspect));
  }

  async function checkTwice(): Promise<void> {
    try {
      await check();
    } catch {
      // The connection may be what is broken, and not the server.
      client?.destroy();
      client = undefined;
      await check();
    }
  }

  async function round(): Promise<void> {
    const startedAt = performance.now();
    try {
      await checkTwice();
      report(true);
    } catch (error) {
      client?.destroy();
      client = undefined;
      // A server that is full responds, and the pool has its connections.
      if (isFull(error) || signal.aborted) return;
      // In a process that is too busy to read, time-outs come before the responses that have arrived.
      await nextTurn();
      if (pool.respondedAt() > startedAt) return;
      report(false, error);
      pool.throwAway(pool.waitingFor(0));
    }
  }

  function report(isNow: boolean, error?: unknown): void {
    if (isNow === isReachable) return;
    isReachable = isNow;
    pool.setReachable(isReachable);
    if (isReachable) log.info("the database server responds again");
    else log.warn({ err: error }, "the database server does not respond");
    onReachable?.(isReachable);
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      const restingMs = dueInMs();
      if (restingMs > 0) await pause(restingMs, signal);
      else {
        await round();
        checkedAt = performance.now();
      }
    }
    await client?.end();
  }

  await checkTwice();
  const done = loop();
  return {
    now: clock.now,
    async close() {
      closing.abort();
      await done;
    },
  };
}

async function open(url: string, { options }: ServicePool): Promise<ServiceClient> {
  const { onStatement } = options as ServiceClientConfig;
  const client = new ServiceClient({
    connectionString: url,
    ...(onStatement && { onStatement }),
    application_name: "server watch",
    connectionTimeoutMillis: limitMs,
    query_timeout: limitMs,
  });
  // Without a listener a connection that breaks while idle would end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** The time, and of these server sessions the ones that run a statement, or may run one that this user may not see. */
const selectState = `
  SELECT clock_timestamp() AS time, ARRAY(
    SELECT pid FROM pg_stat_activity
     WHERE cardinality($1::integer[]) > 0 AND pid = ANY($1) AND coalesce(state, '') NOT LIKE 'idle%') AS running`;

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "53300";
}
