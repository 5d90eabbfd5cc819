import { query, transact, type Db, type Statement } from "@till/postgres/statements";

/** Runs a statement over millions of rows, with a time-out of 10 minutes. */
export function queryWithTimeout<Row>(
  db: Pick<Db, "pool">,
  statement: Statement,
  params: readonly unknown[],
): Promise<Row[]> {
  return transact(db, async (tx) => {
    await tx.query("SET LOCAL statement_timeout = '10min'");
    return query<Row>(tx, statement, params);
  });
}
