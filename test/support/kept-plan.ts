import type { Db } from "@till/postgres/statements";

type PlanNode = {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Cond"?: string;
  readonly "Recheck Cond"?: string;
  readonly Plans?: readonly PlanNode[];
};

/** The tables of which a prepared statement's kept plan reads all rows. The pool's one connection must have executed it six times. */
export async function tablesReadWhole({ pool }: Pick<Db, "pool">, statement: string): Promise<string[]> {
  const { rows } = await pool.query<{ params: number }>(
    "SELECT cardinality(parameter_types) AS params FROM pg_prepared_statements WHERE name = $1 AND generic_plans > 0",
    [statement],
  );
  const values = Array.from({ length: rows[0]!.params }, () => "NULL").join();
  const explained = await pool.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    `EXPLAIN (FORMAT JSON) EXECUTE ${statement}(${values})`,
  );
  return nodesOf(explained.rows[0]!["QUERY PLAN"][0].Plan)
    .filter(isScanOfAll)
    .map((node) => node["Relation Name"]!);
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function isScanOfAll(node: PlanNode): boolean {
  const isScan = node["Node Type"].endsWith("Scan") && node["Relation Name"] !== undefined;
  return isScan && node["Index Cond"] === undefined && node["Recheck Cond"] === undefined;
}
