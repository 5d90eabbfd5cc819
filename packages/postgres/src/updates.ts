export { inBatches } from "./batches.ts";
export { inTurn } from "./in-turn.ts";
export {
  groupUpdates,
  type Change,
  type Command,
  type Found,
  type Key,
  type Updated,
} from "./group-updates.ts";
