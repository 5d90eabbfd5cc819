import type { PoolClient } from "pg";
import type { Db } from "./db.ts";
import { retryConflicts } from "./retry-conflicts.ts";
import { inStatementSpan } from "./statement.ts";
import { isConnectionLost } from "./unavailable.ts";

type TransactOptions = {
  /** How long a statement may wait for a lock; without it, as long as a statement may take. */
  readonly lockTimeoutMs?: number | undefined;
};

type Progress = {
  /** Whether BEGIN has been sent, and COMMIT has not. */
  isOpen: boolean;
};

/**
 * Runs `work` in one READ COMMITTED transaction: commits when it resolves, rolls back when it rejects. After a
 * serialization failure or a deadlock, and where its connection was lost before COMMIT, `work` is run again, three times
 * at most: the server ends a transaction whose process was stopped for a while. No remote calls inside. A connection to a
 * server that has become read-only or is going away is not used again.
 */
export function transact<T>(
  db: Pick<Db, "pool">,
  work: (tx: PoolClient) => Promise<T>,
  { lockTimeoutMs }: TransactOptions = {},
): Promise<T> {
  // Named, since a server may have another default.
  const begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
  const limited = lockTimeoutMs === undefined ? begin : `${begin}; SET LOCAL lock_timeout = ${lockTimeoutMs}`;
  const progress: Progress = { isOpen: false };
  return retryConflicts(
    () => transactOnce(db, limited, work, progress),
    (error) => progress.isOpen && isConnectionLost(error),
  );
}

async function transactOnce<T>(
  db: Pick<Db, "pool">,
  begin: string,
  work: (tx: PoolClient) => Promise<T>,
  progress: Progress,
): Promise<T> {
  progress.isOpen = false;
  const tx = await db.pool.connect();
  let broken: Error | undefined;
  // Without a listener a connection that dies in our hands would end the process (node-postgres #2386).
  const onError = (error: Error) => (broken = error);
  tx.on("error", onError);
  try {
    progress.isOpen = true;
    await inStatementSpan("BEGIN", begin, () => tx.query(begin));
    const result = await work(tx);
    progress.isOpen = false;
    await inStatementSpan("COMMIT", "COMMIT", () => tx.query("COMMIT"));
    return result;
  } catch (error) {
    // A lost connection has nothing to roll back, and may keep ROLLBACK waiting.
    if (isConnectionLost(error)) broken ??= error as Error;
    else await tx.query("ROLLBACK").catch((cause: Error) => (broken = cause));
    throw error;
  } finally {
    tx.off("error", onError);
    tx.release(broken);
  }
}
