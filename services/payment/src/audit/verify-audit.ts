import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { prepared, query, type Db } from "@till/postgres";
import type { UnaryHandler } from "@till/rpc";
import { entryColumns, noHash, sealOf, type AuditEntry } from "./entry.ts";

/** PaymentService.VerifyAudit */
export function verifyAuditRpc(deps: Verifier): UnaryHandler<typeof PaymentService.method.verifyAudit> {
  return async ({ fromSequence: fromSeq, expectedHash }, call) => {
    const isLate = () => call.remainingMs < reserveMs;
    const verdict = await verifyAudit(deps, { fromSeq, expectedHash, isLate });
    return {
      intact: verdict.problem === "",
      checked: BigInt(verdict.checked),
      firstBrokenSequence: BigInt(verdict.brokenSeq),
      problem: verdict.problem,
      lastHash: verdict.lastHash,
      complete: verdict.isComplete,
      nextSequence: BigInt(verdict.lastSeq),
    };
  };
}

type Verifier = { readonly db: Pick<Db, "pool"> };

type Part = {
  /** The entry to begin with; 0 or 1 is the first. */
  readonly fromSeq: bigint;
  /** What this entry's hash was; the chain is then followed from right there. "": whatever it is. */
  readonly expectedHash?: string;
  /** Whether there is no time to read on. */
  readonly isLate?: () => boolean;
};

export type Verdict = {
  readonly checked: number;
  /** "" where all is intact that was looked at. */
  readonly problem: string;
  /** The first entry that does not hold; "0" where all do that were looked at. */
  readonly brokenSeq: string;
  /** Whether the end was reached. */
  readonly isComplete: boolean;
  /** The last entry that holds, and the chain's hash at it: with them the next check begins. */
  readonly lastSeq: string;
  readonly lastHash: string;
};

/** What is kept of the caller's time to answer in. */
const reserveMs = 1_000;

/**
 * Computes the chain of hashes again, a page at a time, from the seal of an entry on, and looks for entries that
 * were never sealed. What is written meanwhile is left to the next check.
 */
export async function verifyAudit(
  { db }: Verifier,
  { fromSeq, expectedHash = "", isLate = () => false }: Part,
): Promise<Verdict> {
  const [bounds] = await query<Bounds>(db.pool, selectBounds, [fromSeq, expectedHash !== ""]);
  const { first_n, last_n, last_seq, from_hash, before_seq, before_hash } = bounds!;
  let last = { lastSeq: before_seq ?? "0", lastHash: before_hash ?? noHash };
  let n = BigInt(first_n);
  let seen = fromSeq - 1n;
  let checked = 0;
  const holds = (isComplete: boolean) => ({ checked, problem: "", brokenSeq: "0", isComplete, ...last });
  const broken = (brokenSeq: string, problem: string) => {
    return { checked, problem, brokenSeq, isComplete: false, ...last };
  };

  const hashNow = fromSeq === 0n ? noHash : from_hash;
  if (expectedHash !== "" && expectedHash !== hashNow)
    return broken(String(fromSeq), "its hash is not expected_hash: the log up to here is not the one it was");
  while (n <= BigInt(last_n)) {
    // However little time there is, the next part begins later than this one.
    if (checked > 0 && isLate()) return holds(false);
    const links = await query<Link>(db.pool, selectLinks, [n, last_n, pageSize]);
    if (links.length === 0) return broken("0", `seal ${n} and those after it are missing`);
    for (const link of links) {
      if (BigInt(link.n) !== n) return broken(link.entry_seq, `seal ${n}, before this entry's, is missing`);
      if (!isWhole(link)) return broken(link.entry_seq, "the entry is missing");
      const hash = sealOf(last.lastHash, link);
      if (hash !== link.hash) return broken(link.entry_seq, "the entry, or the seal of it, was changed");
      last = { lastSeq: link.seq, lastHash: hash };
      n += 1n;
      checked += 1;
    }
    const seq = BigInt(last.lastSeq);
    const unsealed = await findUnsealed(db, seen, seq);
    if (unsealed) return broken(unsealed, "the entry was never sealed");
    if (seq > seen) seen = seq;
  }

  const unsealed = await findUnsealed(db, seen, BigInt(last_seq));
  if (unsealed) return broken(unsealed, "the entry was never sealed");
  return holds(true);
}

/** The first entry after one and up to another that has no seal and should have. */
async function findUnsealed(db: Pick<Db, "pool">, after: bigint, upto: bigint): Promise<string | undefined> {
  for (let seen = after; seen < upto;) {
    const [page] = await query<UnsealedPage>(db.pool, selectUnsealed, [seen, upto, pageSize]);
    if (page?.unsealed) return page.unsealed;
    seen = BigInt(page?.upto ?? upto);
  }
  return undefined;
}

const pageSize = 2_000;

type Bounds = {
  readonly first_n: string;
  readonly last_n: string;
  readonly last_seq: string;
  readonly from_hash: string | null;
  readonly before_seq: string | null;
  readonly before_hash: string | null;
};

/**
 * Where to begin and where to end: the log grows while it is checked. It begins with the first link that is of the
 * entry or a later one; or, on an expected hash, with the entry's own.
 */
const selectBounds = prepared(
  "audit_bounds",
  `WITH ends AS (
     SELECT coalesce((SELECT max(n) FROM audit_seal), 0) AS last_n,
       coalesce((SELECT max(seq) FROM audit_entry), 0) AS last_seq
   ), bounds AS (
     SELECT coalesce(CASE
           WHEN $1::bigint = 0 OR ($1 = 1 AND NOT $2::boolean) THEN 1
           WHEN $2 THEN (SELECT n FROM audit_seal WHERE entry_seq = $1)
           ELSE (SELECT min(n) FROM audit_seal WHERE entry_seq >= $1)
         END, last_n + 1) AS first_n, last_n, last_seq
       FROM ends
   )
   SELECT first_n::text, last_n::text, last_seq::text, before.entry_seq::text AS before_seq,
       encode(before.hash, 'hex') AS before_hash,
       (SELECT encode(hash, 'hex') FROM audit_seal WHERE entry_seq = $1) AS from_hash
     FROM bounds LEFT JOIN audit_seal before ON before.n = first_n - 1`,
);

/** A seal with the entry it is of; an entry that is gone is all nulls. */
type Link = { readonly n: string; readonly entry_seq: string; readonly hash: string } & {
  readonly [Name in keyof AuditEntry]: string | null;
};

const selectLinks = prepared(
  "audit_links",
  `SELECT s.n::text, s.entry_seq::text, encode(s.hash, 'hex') AS hash, ${entryColumns}
     FROM audit_seal s LEFT JOIN audit_entry e ON e.seq = s.entry_seq
    WHERE s.n BETWEEN $1::bigint AND $2::bigint ORDER BY s.n LIMIT $3`,
);

function isWhole(link: Link): link is Link & AuditEntry {
  return link.seq !== null;
}

type UnsealedPage = { readonly upto: string | null; readonly unsealed: string | null };

/** Entries without a seal that do not wait for one either, or have waited for a minute: nothing takes so long. */
const selectUnsealed = prepared(
  "audit_unsealed",
  `WITH page AS (
     SELECT seq, at FROM audit_entry WHERE seq > $1::bigint AND seq <= $2::bigint ORDER BY seq LIMIT $3
   )
   SELECT max(seq)::text AS upto, min(seq) FILTER (
       WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_seq = page.seq)
         AND (at < now() - interval '1 minute' OR seq NOT IN (SELECT seq FROM audit_unsealed)))::text AS unsealed
     FROM page`,
);
