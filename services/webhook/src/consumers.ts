import type { IncomingEvent } from "@till/events/consume";
import { eventTypes } from "./rules/event-filter.ts";

type EventDependencies = {
  /** Stores the event's deliveries and returns how many there are. */
  readonly record: (event: IncomingEvent) => Promise<number>;
  readonly sending: { readonly notify: () => void };
};

/** Every event of orders and payments: each is delivered to the endpoints that receive it. */
export function consumers({ record, sending }: EventDependencies) {
  const onEvent = async (event: IncomingEvent): Promise<void> => {
    if ((await record(event)) > 0) sending.notify();
  };
  return Object.fromEntries(eventTypes.map((type) => [type, onEvent]));
}
