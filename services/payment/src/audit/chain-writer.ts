import { openSession, query, type Db } from "@till/postgres/statements";
import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import type { Client } from "pg";
import { noHash, chainHashOf, type AuditEntry } from "./chain-hash.ts";
import { insertChainEntries, selectHead, takeQueued, type ChainHead } from "./statements.ts";

const batchSize = 1_000;
const pollMs = 200;

/**
 * Seals what is written to the audit log, within a second: each entry's hash covers the hash before it. Of all the
 * sealers on a database one leads, and the others stand by.
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

/** Moves entries from the queue into the chain, all or none; answers how many it has taken from the queue at most. */
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

/** Tried again and again instead of waited for, as the relay does; the lock ends with the connection. */
async function tryToLead(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>(
    "SELECT pg_try_advisory_lock(hashtext('till audit chain writer')) AS leads",
  );
  return rows[0]?.leads === true;
}
