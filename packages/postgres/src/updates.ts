export { inBatches } from "./batches.ts";
export { groupUpdates, type Changes, type Key, type Updated } from "./group-updates.ts";
