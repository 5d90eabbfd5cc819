export { inBatches, type BatchOptions } from "./batches.ts";
export { connect, type ConnectOptions, type Db } from "./connect.ts";
export { startEmbedded, type Embedded } from "./embedded.ts";
export { freePort, isFree } from "./embedded/free-port.ts";
export { groupUpdates, type AggregateStore, type Changes, type Command, type Key } from "./group-updates.ts";
export { prepared, query, type Statement } from "./statement.ts";
export { rowSet, type RowSet } from "./row-set.ts";
export { transact } from "./transact.ts";
export { isUnavailable } from "./unavailable.ts";
