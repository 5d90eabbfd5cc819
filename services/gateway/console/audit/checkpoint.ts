import { signal } from "@preact/signals";

/** A position of the audit log's chain that was verified, and its hash. */
export type Checkpoint = { readonly sequence: number; readonly hash: string; readonly verifiedAt: string };

const storageKey = "till-console-audit";

/** The latest position that this browser has verified. */
export const checkpoint = signal<Checkpoint | undefined>(stored());

export function keepCheckpoint({ sequence, hash }: Pick<Checkpoint, "sequence" | "hash">): void {
  const next = { sequence, hash, verifiedAt: new Date().toISOString() };
  localStorage.setItem(storageKey, JSON.stringify(next));
  checkpoint.value = next;
}

/** What cannot be read is as if there were none: the whole log is verified then. */
function stored(): Checkpoint | undefined {
  try {
    const read = JSON.parse(localStorage.getItem(storageKey) ?? "{}") as Partial<Checkpoint>;
    const { sequence, hash, verifiedAt } = read;
    return sequence && hash && verifiedAt ? { sequence, hash, verifiedAt } : undefined;
  } catch {
    return undefined;
  }
}
