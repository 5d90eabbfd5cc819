export { toRecord } from "./envelope.ts";
export type { OutgoingEvent } from "./event.ts";
export { outbox } from "./outbox/outbox.ts";
export { startRelay } from "./outbox/relay.ts";
