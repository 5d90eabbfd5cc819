import type { Till } from "@till/client/web";
import type { Checkpoint } from "./checkpoint.ts";

/** How far a verification is, and what it has found. */
export type ChainState = {
  readonly isIntact: boolean;
  readonly checked: number;
  /** The last entry that was verified and holds, and the chain's hash there. */
  readonly sequence: number;
  readonly hash: string;
  readonly unchained: number;
  readonly firstBrokenSequence?: number | undefined;
  readonly problem?: string | undefined;
};

/** Verifies the audit log from a position on, part by part, until its end or the first entry that does not hold. */
export async function* verifyChain(
  till: Till,
  from: Pick<Checkpoint, "sequence" | "hash"> | undefined,
  signal: AbortSignal,
): AsyncGenerator<ChainState> {
  let checked = 0;
  for (let position = from; ;) {
    const part = await till.payments.verifyAudit({
      ...(position && { fromSequence: position.sequence, expectedHash: position.hash }),
      signal,
    });
    // Each part begins with the last entry of the one before.
    checked += position === from ? part.checked : part.checked - 1;
    const { intact, lastSequence: sequence, lastHash: hash, unchained, firstBrokenSequence, problem } = part;
    yield { isIntact: intact, ...{ checked, sequence, hash, unchained, firstBrokenSequence, problem } };
    if (!intact || part.complete) return;
    position = { sequence, hash };
  }
}
