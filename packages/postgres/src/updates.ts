export { inBatches, type BatchOptions } from "./batches.ts";
export { groupUpdates, type AggregateStore, type Changes, type Command, type Key } from "./group-updates.ts";
