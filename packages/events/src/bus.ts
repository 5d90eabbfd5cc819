export { RecordRejected, type Bus, type EventRecord } from "./bus/bus.ts";
export { kafkaBus } from "./bus/kafka.ts";
export { localBus } from "./bus/local-bus.ts";
