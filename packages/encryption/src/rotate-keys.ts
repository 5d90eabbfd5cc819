import type { KeyRing } from "./key-ring.ts";

/** Encrypted rows of one kind. */
export type EncryptedRows<Place> = {
  /** The kind, as the report names one of them. */
  readonly kind: string;
  /**
   * Encrypts the next rows after a place, at first undefined, with the key ring's first key, in one transaction. A row
   * that cannot be is left as it is.
   */
  rotateBatch(after: Place | undefined, limit: number): Promise<RotatedBatch<Place>>;
  /** Returns how many rows each key has encrypted. */
  countByKey(): Promise<{ readonly keyId: string; readonly rows: number }[]>;
};

/** Ids of the rows that failed; the last row's place, or undefined at the end. */
type RotatedBatch<Place> = {
  readonly rotated: number;
  readonly failed: readonly string[];
  readonly last: Place | undefined;
};

type Print = (line: string) => void;

const batchSize = 200;

/**
 * Encrypts every row with the key ring's first key and prints how far it is. An interrupted rotation is continued by the
 * next one. Returns an exit code. 0: no other key is needed any more; 1: some are.
 */
export async function rotateKeys<Place>(
  stored: EncryptedRows<Place>,
  [{ id: firstId }]: KeyRing,
  print: Print,
): Promise<0 | 1> {
  let place: Place | undefined;
  let rotated = 0;
  const failed: string[] = [];
  for (;;) {
    const batch = await stored.rotateBatch(place, batchSize);
    if (batch.last === undefined) break;
    place = batch.last;
    rotated += batch.rotated;
    failed.push(...batch.failed);
    print(`rotated ${rotated}, failed ${failed.length}`);
  }
  for (const id of failed) print(`${stored.kind} ${id} could not be encrypted anew`);
  const counts = await stored.countByKey();
  for (const { keyId, rows } of counts) print(`key ${keyId}: ${rows} ${stored.kind}s`);
  print(`done: ${rotated} rotated to key ${firstId}, ${failed.length} failed`);
  return counts.every(({ keyId }) => keyId === firstId) ? 0 : 1;
}

/** Runs a rotation as a command of this name, whose exit code it sets: 1 also for an error, which it prints. */
export async function runRotation(command: string, rotate: (print: Print) => Promise<0 | 1>): Promise<void> {
  try {
    process.exitCode = await rotate((line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`${command}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
