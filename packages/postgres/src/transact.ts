import type { PoolClient } from "pg";
import type { Db } from "./connect.ts";

/** Runs `work` in one transaction: commits what it resolves, rolls back what it rejects. No remote calls inside. */
export async function transact<T>(db: Pick<Db, "pool">, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  const tx = await db.pool.connect();
  let broken: Error | undefined;
  // Without a listener a connection that dies in our hands would end the process (node-postgres #2386).
  const onError = (error: Error) => (broken = error);
  tx.on("error", onError);
  try {
    await tx.query("BEGIN");
    const result = await work(tx);
    await tx.query("COMMIT");
    return result;
  } catch (error) {
    await tx.query("ROLLBACK").catch((cause: Error) => (broken = cause));
    throw error;
  } finally {
    tx.off("error", onError);
    tx.release(broken);
  }
}
