import { openSession, query } from "@till/postgres/statements";
import type { Client, Pool } from "pg";
import { chainHashOf, noHash, type AuditEntry } from "./audit-chain-hash.ts";
import { insertChainEntries, selectHead, takeQueued, type ChainHead } from "./audit-statements.ts";

/** One connection of a chain writer. What it appends, it appends as the leader, for the lock lives in the connection. */
export type AuditChainSession = {
  /** Whether this session is the leader, or has just become it. The lock ends with the connection. */
  lead(): Promise<boolean>;
  /** Moves entries from the queue into the chain, all or none. Returns how many it moved. */
  append(limit: number): Promise<number>;
  close(): Promise<void>;
};

/** Opens a connection of its own to the pool's database. */
export async function openAuditChain(pool: Pool): Promise<AuditChainSession> {
  const client = await openSession(pool, "audit chain writer");
  let leads = false;
  return {
    async lead() {
      leads ||= await tryToLead(client);
      return leads;
    },
    append: (limit) => appendBatch(client, limit),
    close: () => client.end(),
  };
}

async function appendBatch(client: Client, limit: number): Promise<number> {
  await client.query("BEGIN");
  const entries = await query<AuditEntry>(client, takeQueued, [limit]);
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

async function tryToLead(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>(
    "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || ' audit chain writer', 0)) AS leads",
  );
  return rows[0]?.leads === true;
}
