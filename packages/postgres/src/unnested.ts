/**
 * Array parameters as rows, for a FROM clause: `unnested("$1::uuid[]", "$2::text[]")`. Postgres knows the length of a
 * parameter that it unnests itself, takes a plan for just that length for cheaper, and so plans each execution anew, which
 * takes longer than to read a few rows. It does not look into these subqueries, so that one plan is kept.
 */
export function unnested(...arrays: readonly string[]): string {
  return `unnest(${arrays.map((array) => `(SELECT ${array})`).join(", ")})`;
}
