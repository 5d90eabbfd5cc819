import { openSession, query, type Db } from "@till/postgres/statements";
import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import type { Client } from "pg";
import { noHash, chainHashOf, type AuditEntry } from "./chain-hash.ts";
import { insertChainEntries, selectHead, takeQueued, type ChainHead } from "../store/audit-statements.ts";

const batchSize = 1_000;
const pollMs = 200;

/**
 * Starts the chain writer: it gives each audit entry a chain entry within a second, whose hash covers the hash before it.
 * Of all the chain writers of a database one leads, and the others stand by.
 */
export function startChainWriter({ db, log }: { readonly db: Pick<Db, "pool">; readonly log: Log }): Worker {
  return startWorker({
    name: "writing the audit chain",
    everyMs: pollMs,
    log,
    async open() {
      const client = await openSession(db.pool, "audit chain writer");
      return { client, leads: false, close: () => client.end() };
    },
    async run(_, session) {
      session.leads ||= await tryToLead(session.client);
      if (session.leads && (await appendBatch(session.client)) === batchSize) return "more";
    },
  });
}

/** Moves entries from the queue into the chain, all or none. Returns how many it moved. */
async function appendBatch(client: Client): Promise<number> {
  await client.query("BEGIN");
  const entries = await query<AuditEntry>(client, takeQueued, [batchSize]);
  if (entries.length > 0) {
    const [head] = await query<ChainHead>(client, selectHead);
    const first = BigInt(head?.n ?? 0) + 1n;
    let last = head?.hash ?? noHash;
    const hashes = entries.map((entry) => (last = chainHashOf(last, entry)));
    const numbers = entries.map((_, index) => first + BigInt(index));
    await query(client, insertChainEntries, [numbers, entries.map(({ seq }) => seq), hashes]);
  }
  await client.query("COMMIT");
  return entries.length;
}

/** Tries to take the chain writer's lock, which ends with the connection. */
async function tryToLead(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>(
    "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || ' audit chain writer', 0)) AS leads",
  );
  return rows[0]?.leads === true;
}
