import type { PoolClient } from "pg";
import type { Db } from "./db.ts";
import { isConnectionLost } from "./unavailable.ts";

/**
 * Runs `work` in one READ COMMITTED transaction: commits when it resolves, rolls back when it rejects. No remote calls
 * inside. A connection to a server that has become read-only or is going away is not used again.
 */
export async function transact<T>(db: Pick<Db, "pool">, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  const tx = await db.pool.connect();
  let broken: Error | undefined;
  // Without a listener a connection that dies in our hands would end the process (node-postgres #2386).
  const onError = (error: Error) => (broken = error);
  tx.on("error", onError);
  try {
    // Named, since a server may have another default.
    await tx.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    const result = await work(tx);
    await tx.query("COMMIT");
    return result;
  } catch (error) {
    await tx.query("ROLLBACK").catch((cause: Error) => (broken = cause));
    if (isConnectionLost(error)) broken ??= error as Error;
    throw error;
  } finally {
    tx.off("error", onError);
    tx.release(broken);
  }
}
