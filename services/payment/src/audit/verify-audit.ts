import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { Db } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import { findUnchained, isWhole, readBounds, readLinks } from "../store/audit-chain.ts";
import { chainHashOf, noHash } from "../store/audit-chain-hash.ts";

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
      lastSequence: BigInt(verdict.lastSeq),
      unchained: BigInt(verdict.unchained),
    };
  };
}

type Verifier = { readonly db: Pick<Db, "pool"> };

type Part = {
  /** The entry to begin with; 0 or 1 is the first. */
  readonly fromSeq: bigint;
  /** The hash that this entry must have. "": any. */
  readonly expectedHash?: string;
  /** Whether there is no time to read on. */
  readonly isLate?: () => boolean;
};

export type Verdict = {
  readonly checked: number;
  /** "" if everything that was checked is intact. */
  readonly problem: string;
  /** The first broken entry; "0" if there is none. */
  readonly brokenSeq: string;
  /** Whether the end was reached. */
  readonly isComplete: boolean;
  /** The last intact entry and its hash: the next check begins with them. */
  readonly lastSeq: string;
  readonly lastHash: string;
  /** How many entries are queued for the chain. */
  readonly unchained: string;
};

/** Time kept for the response. */
const reserveMs = 1_000;

/**
 * Computes the chain's hashes again, a page at a time, from an entry on, and searches for audit entries without a chain
 * entry. Entries that are written meanwhile are left to the next check.
 */
export async function verifyAudit(
  { db }: Verifier,
  { fromSeq, expectedHash = "", isLate = () => false }: Part,
): Promise<Verdict> {
  const { first_n, last_n, last_seq, from_hash, before_seq, before_hash, queued } = await readBounds(
    db,
    fromSeq,
    expectedHash !== "",
  );
  let last = { lastSeq: before_seq ?? "0", lastHash: before_hash ?? noHash };
  let n = BigInt(first_n);
  let seen = fromSeq - 1n;
  let checked = 0;
  const holds = (isComplete: boolean) => ({
    checked,
    problem: "",
    brokenSeq: "0",
    isComplete,
    unchained: queued,
    ...last,
  });
  const broken = (brokenSeq: string, problem: string) => {
    return { checked, problem, brokenSeq, isComplete: false, unchained: queued, ...last };
  };

  const hashNow = fromSeq === 0n ? noHash : from_hash;
  if (expectedHash !== "" && expectedHash !== hashNow)
    return broken(String(fromSeq), "its hash is not expected_hash: the log up to here is not the one it was");
  while (n <= BigInt(last_n)) {
    // However little time there is, the next part begins later than this one.
    if (checked > 0 && isLate()) return holds(false);
    const links = await readLinks(db, n, last_n);
    if (links.length === 0) return broken("0", `chain entry ${n} and those after it are missing`);
    for (const link of links) {
      if (BigInt(link.n) !== n)
        return broken(link.entry_seq, `chain entry ${n}, before this entry's, is missing`);
      if (!isWhole(link)) return broken(link.entry_seq, "the entry is missing");
      const hash = chainHashOf(last.lastHash, link);
      if (hash !== link.hash) return broken(link.entry_seq, "the entry, or its chain entry, was changed");
      last = { lastSeq: link.seq, lastHash: hash };
      n += 1n;
      checked += 1;
    }
    const seq = BigInt(last.lastSeq);
    const unchained = await findUnchained(db, seen, seq);
    if (unchained) return broken(unchained, "the entry has no chain entry");
    if (seq > seen) seen = seq;
  }

  const unchained = await findUnchained(db, seen, BigInt(last_seq));
  if (unchained) return broken(unchained, "the entry has no chain entry");
  return holds(true);
}
