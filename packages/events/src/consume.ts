export type { EventHandler } from "./consume/attempt.ts";
export { startConsumer, type Consumer, type ConsumerOptions } from "./consume/consumer.ts";
export { inboxInsert, inboxInsertFrom, inboxSelect, isInInbox } from "./consume/inbox.ts";
export { eventFromRecord } from "./envelope.ts";
export { EventMalformed, EventTooEarly, type IncomingEvent } from "./event.ts";
