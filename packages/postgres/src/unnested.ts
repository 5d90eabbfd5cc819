/**
 * Array parameters as rows, for a FROM clause: `unnested("$1::uuid[]", "$2::text[]")`. Postgres knows the length of a
 * parameter that it unnests itself, takes a plan for just that length for cheaper, and so plans each execution anew, which
 * takes longer than to read a few rows. It does not look into a subquery: with one array in there, one plan is kept.
 */
export function unnested(first: string, ...others: readonly string[]): string {
  return `unnest(${[`(SELECT ${first})`, ...others].join(", ")})`;
}
