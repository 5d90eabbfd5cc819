export {
  deadLetterIds,
  deleteDeadLetter,
  discardDeadLetter,
  findDeadLetter,
  listDeadLetters,
  type DeadLetter,
} from "./operate/stored-dead-letters.ts";
export { countBacklog, outboxAgeSeconds } from "./operate/backlog.ts";
export { stuckEvents, type StuckEvent } from "./operate/stuck-events.ts";
