export type { Db } from "./db.ts";
export { retryConflicts } from "./retry-conflicts.ts";
export { rowSet } from "./row-set.ts";
export { openSession } from "./session.ts";
export { prepared, query, type Statement } from "./statement.ts";
export { transact } from "./transact.ts";
export { unnested } from "./unnested.ts";
