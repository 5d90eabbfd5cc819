import type { IncomingEvent } from "@till/events/consume";
import type { Db } from "@till/postgres/statements";
import { onPersonErased } from "./deliveries/on-person-erased.ts";
import { eventTypes } from "./rules/event-filter.ts";

type EventDependencies = {
  readonly db: Pick<Db, "pool">;
  /** Stores the event's deliveries and returns how many there are. */
  readonly record: (event: IncomingEvent) => Promise<number>;
  readonly sending: { readonly notify: () => void };
};

/** Every event of orders and payments, each of which is delivered to the endpoints that receive it, and person.erased. */
export function consumers({ db, record, sending }: EventDependencies) {
  const onEvent = async (event: IncomingEvent): Promise<void> => {
    if ((await record(event)) > 0) sending.notify();
  };
  return {
    ...Object.fromEntries(eventTypes.map((type) => [type, onEvent])),
    "person.erased": onPersonErased({ db }),
  };
}
