export {
  BusClosed,
  type Bus,
  type EventRecord,
  type SubscribeOptions,
  type Subscription,
} from "./bus/bus.ts";
export { kafkaBus, type KafkaBusOptions } from "./bus/kafka.ts";
export { localBus, type LocalBusOptions } from "./bus/local-bus.ts";
