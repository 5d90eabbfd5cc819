export { inBatches, type BatchOptions } from "./batches.ts";
export {
  groupUpdates,
  type AggregateStore,
  type Changes,
  type Command,
  type Key,
  type Updated,
} from "./group-updates.ts";
