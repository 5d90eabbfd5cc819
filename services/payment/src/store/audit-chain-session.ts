import { createLease, type Lease } from "@till/postgres/lease";
import { openSession, query } from "@till/postgres/statements";
import type { Client, Pool } from "pg";
import { chainHashOf, noHash, type AuditEntry } from "./audit-chain-hash.ts";
import {
  insertChainEntries,
  selectHead,
  selectQueued,
  takeQueued,
  type ChainHead,
} from "./audit-statements.ts";

/** One connection of a chain writer. What it appends, it appends as the leader. */
export type AuditChainSession = {
  /** Whether entries wait in the queue. */
  hasEntries(): Promise<boolean>;
  /** Whether this chain writer is the leader, or has just become it. */
  lead(): Promise<boolean>;
  /** Lets another chain writer lead. */
  resign(): Promise<void>;
  /** Moves entries from the queue into the chain, all or none. Returns how many it moved. Throws unless it leads. */
  append(limit: number): Promise<number>;
  close(): Promise<void>;
};

/** The lease by which one chain writer leads. */
export const chainWriterLease = () => createLease("audit chain writer");

/** Opens a connection of its own to the pool's database. */
export async function openAuditChain(pool: Pool, lease: Lease): Promise<AuditChainSession> {
  const client = await openSession(pool, "audit chain writer");
  return {
    hasEntries: async () => (await query(client, selectQueued)).length > 0,
    lead: () => lease.hold(client),
    resign: () => lease.release(client),
    append: (limit) => appendBatch(client, lease, limit),
    async close() {
      await lease.release(client).catch(() => undefined); // a broken connection; the lease lapses
      await client.end();
    },
  };
}

async function appendBatch(client: Client, lease: Lease, limit: number): Promise<number> {
  await client.query("BEGIN");
  await lease.fence(client);
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
