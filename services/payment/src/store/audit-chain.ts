import { prepared, query, type Db } from "@till/postgres/statements";
import type { AuditEntry } from "./audit-chain-hash.ts";
import { entryColumns } from "./audit-statements.ts";

/** Entries in memory at a time. */
const pageSize = 2_000;

/** Returns the first entry in a range that should have a chain entry and has none. */
export async function findUnchained(
  db: Pick<Db, "pool">,
  after: bigint,
  upto: bigint,
): Promise<string | undefined> {
  for (let seen = after; seen < upto;) {
    const [page] = await query<UnchainedPage>(db.pool, selectUnchained, [seen, upto, pageSize]);
    if (page?.unchained) return page.unchained;
    seen = BigInt(page?.upto ?? upto);
  }
  return undefined;
}

type Bounds = {
  readonly first_n: string;
  readonly last_n: string;
  readonly last_seq: string;
  readonly from_hash: string | null;
  readonly before_seq: string | null;
  readonly before_hash: string | null;
  readonly queued: string;
};

/** Returns where a check begins and ends. `onHash`: an expected hash is compared with the entry's own chain entry. */
export async function readBounds(db: Pick<Db, "pool">, fromSeq: bigint, onHash: boolean): Promise<Bounds> {
  const [bounds] = await query<Bounds>(db.pool, selectBounds, [fromSeq, onHash]);
  return bounds!;
}

/**
 * The log grows while it is checked, so the end is read first. A check begins with the first chain entry of the audit
 * entry or a later one; with an expected hash, with the audit entry's own.
 */
const selectBounds = prepared(
  "audit_bounds",
  `WITH ends AS (
     SELECT coalesce((SELECT max(n) FROM audit_chain_entry), 0) AS last_n,
       coalesce((SELECT max(seq) FROM audit_entry), 0) AS last_seq
   ), bounds AS (
     SELECT coalesce(CASE
           WHEN $1::bigint = 0 OR ($1 = 1 AND NOT $2::boolean) THEN 1
           WHEN $2 THEN (SELECT n FROM audit_chain_entry WHERE entry_seq = $1)
           ELSE (SELECT min(n) FROM audit_chain_entry WHERE entry_seq >= $1)
         END, last_n + 1) AS first_n, last_n, last_seq
       FROM ends
   )
   SELECT first_n::text, last_n::text, last_seq::text, before.entry_seq::text AS before_seq,
       encode(before.hash, 'hex') AS before_hash,
       (SELECT encode(hash, 'hex') FROM audit_chain_entry WHERE entry_seq = $1) AS from_hash,
       (SELECT count(*) FROM audit_chain_queue)::text AS queued
     FROM bounds LEFT JOIN audit_chain_entry before ON before.n = first_n - 1`,
);

/** A chain entry with its audit entry; all nulls when the audit entry is missing. */
type Link = { readonly n: string; readonly entry_seq: string; readonly hash: string } & {
  readonly [Name in keyof AuditEntry]: string | null;
};

/** Returns a page of the chain between two chain entries. */
export function readLinks(db: Pick<Db, "pool">, firstN: bigint, lastN: string): Promise<Link[]> {
  return query<Link>(db.pool, selectLinks, [firstN, lastN, pageSize]);
}

const selectLinks = prepared(
  "audit_links",
  `SELECT c.n::text, c.entry_seq::text, encode(c.hash, 'hex') AS hash, ${entryColumns}
     FROM audit_chain_entry c LEFT JOIN audit_entry e ON e.seq = c.entry_seq
    WHERE c.n BETWEEN $1::bigint AND $2::bigint ORDER BY c.n LIMIT $3`,
);

/** Whether the audit entry of a chain entry exists. */
export function isWhole(link: Link): link is Link & AuditEntry {
  return link.seq !== null;
}

type UnchainedPage = { readonly upto: string | null; readonly unchained: string | null };

/** Audit entries that have no chain entry and are not queued for one. */
const selectUnchained = prepared(
  "audit_unchained",
  `WITH page AS (
     SELECT seq FROM audit_entry WHERE seq > $1::bigint AND seq <= $2::bigint ORDER BY seq LIMIT $3
   )
   SELECT max(seq)::text AS upto, min(seq) FILTER (
       WHERE NOT EXISTS (SELECT FROM audit_chain_entry c WHERE c.entry_seq = page.seq)
         AND NOT EXISTS (SELECT FROM audit_chain_queue q WHERE q.seq = page.seq))::text AS unchained
     FROM page`,
);
