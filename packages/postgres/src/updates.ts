export { inBatches } from "./batches.ts";
export {
  groupUpdates,
  type Change,
  type Command,
  type Found,
  type Key,
  type Updated,
} from "./group-updates.ts";
