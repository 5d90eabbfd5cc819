import { query, type Db } from "@till/postgres/statements";
import type { Log } from "@till/telemetry";
import { Client, type Pool } from "pg";
import { setTimeout as delay } from "node:timers/promises";
import { noHash, sealOf, type AuditEntry } from "./entry.ts";
import { insertSeals, selectHead, takeUnsealed, type Seal } from "./statements.ts";

export type Sealer = { close(): Promise<void> };

const batchSize = 1_000;
const pollMs = 200;
const retryMs = 1_000;

/**
 * Seals what is written to the audit log, within a second: each entry's hash covers the hash before it. Of all the
 * sealers on a database one leads, and the others stand by.
 */
export function startSealer({ db, log }: { readonly db: Pick<Db, "pool">; readonly log: Log }): Sealer {
  const closing = new AbortController();
  const { signal } = closing;
  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined);

  async function live(): Promise<void> {
    const client = await openSession(db.pool);
    let leads = false;
    try {
      while (!signal.aborted) {
        leads ||= await tryToLead(client);
        const isFull = leads && (await sealBatch(client)) === batchSize;
        if (!isFull) await pause(pollMs);
      }
    } finally {
      await client.end();
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await live().catch(async (error: unknown) => {
        if (signal.aborted) return;
        log.warn({ err: error }, "sealing the audit log failed, trying again");
        await pause(retryMs);
      });
    }
  }

  const done = run();
  return {
    async close() {
      closing.abort();
      await done;
    },
  };
}

/** Moves entries from the queue into the chain, all or none; answers how many it has taken from the queue at most. */
async function sealBatch(client: Client): Promise<number> {
  await client.query("BEGIN");
  const entries = await query<AuditEntry>(client, takeUnsealed, [batchSize]);
  if (entries.length > 0) {
    const [head] = await query<Seal>(client, selectHead);
    const first = BigInt(head?.n ?? 0) + 1n;
    let last = head?.hash ?? noHash;
    const hashes = entries.map((entry) => (last = sealOf(last, entry)));
    const numbers = entries.map((_, index) => first + BigInt(index));
    await query(client, insertSeals, [numbers, entries.map(({ seq }) => seq), hashes]);
  }
  await client.query("COMMIT");
  return entries.length;
}

/** Tried again and again instead of waited for, as the relay does; the lock ends with the connection. */
async function tryToLead(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>(
    "SELECT pg_try_advisory_lock(hashtext('till audit sealer')) AS leads",
  );
  return rows[0]?.leads === true;
}

async function openSession({ options }: Pool): Promise<Client> {
  const client = new Client({
    ...options,
    password: options.password, // the pool keeps it from being copied
    application_name: "audit sealer",
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
  });
  // A connection that breaks while idle must not end the process; the next query says so.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}
