import { prepared, query, type Db, type Statement } from "@till/postgres/statements";
import type { StuckKind } from "@till/gen/till/ops/v1/ops_service_pb";

/** Something that is in its state for longer than it should be. */
export type Stuck = {
  readonly kind: Exclude<keyof typeof StuckKind, "UNSPECIFIED">;
  readonly id: string;
  readonly since: Date;
  readonly cause: string;
  readonly remedy: string;
};

/** A statement that finds one kind of stuck things, as rows of id, since and cause; and what to do about them. */
export type StuckQuery = Pick<Stuck, "kind" | "remedy"> & { readonly statement: Statement };

/** Names a query for stuck things. Its text has one parameter, the largest number of rows. */
export function stuckQuery(
  kind: Stuck["kind"],
  { name, remedy, text }: { readonly name: string; readonly remedy: string; readonly text: string },
): StuckQuery {
  return { kind, remedy, statement: prepared(`select_stuck_${name}`, text) };
}

/** Finds what is stuck: at most `limit` for each query. */
export async function findStuck(
  { pool }: Pick<Db, "pool">,
  queries: readonly StuckQuery[],
  limit: number,
): Promise<Stuck[]> {
  const found = await Promise.all(
    queries.map(async ({ kind, remedy, statement }) => {
      const rows = await query<Omit<Stuck, "kind" | "remedy">>(pool, statement, [limit]);
      return rows.map((row) => ({ ...row, kind, remedy }));
    }),
  );
  return found.flat();
}
