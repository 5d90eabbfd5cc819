export type { Bus, EventRecord, SubscribeOptions, Subscription } from "./bus.ts";
export { BusClosed } from "./bus.ts";
export type { IncomingEvent, OutgoingEvent } from "./event.ts";
export { EventMalformed, EventTooEarly } from "./event.ts";
export type { EventHandler, EventHandlers } from "./attempt.ts";
export { startConsumer, type Consumer, type ConsumerOptions } from "./consumer.ts";
export { eventFromRecord, toRecord } from "./envelope.ts";
export { eventTables } from "./event-tables.ts";
export { inboxInsert, inboxSelect } from "./inbox.ts";
export { kafkaBus, type KafkaBusOptions } from "./kafka.ts";
export { localBus, type LocalBusOptions } from "./local-bus.ts";
export { outbox } from "./outbox.ts";
export { startRelay, type Relay, type RelayOptions } from "./relay.ts";
export {
  placeColumns,
  watchHistory,
  type Place,
  type Step,
  type WatchedHistory,
  type WatchOptions,
} from "./watch-history.ts";
