import type { Journal } from "../journal.ts";
import type { Payment, PspEventType } from "./payment.ts";
import { createRingBuffer } from "./ring-buffer.ts";

/** An event as a webhook carries it. */
export type PspEvent = {
  readonly id: string;
  readonly type: PspEventType;
  /** Unix seconds. */
  readonly created: number;
  readonly data: { readonly payment: Payment };
};

/** An event with the numbers of its delivery attempts and of its deliveries. */
export type EventRecord = { readonly event: PspEvent; attempts: number; delivered: number };

export type Events = {
  add(event: PspEvent): EventRecord;
  find(id: string): EventRecord | undefined;
  /** Oldest first. */
  all(): Iterable<EventRecord>;
  /** Records that the event is to be delivered, by a later process if need be. */
  markPending(record: EventRecord): void;
  markDelivered(record: EventRecord): void;
  /** Undelivered events of earlier processes. */
  readonly pending: readonly EventRecord[];
};

/** The newest `keep` events. */
export function createEvents(keep: number, journal: Journal): Events {
  const section = journal.section<PspEvent>("webhooks");
  const buffer = createRingBuffer<EventRecord>(keep);
  const byId = new Map<string, EventRecord>();

  function add(event: PspEvent): EventRecord {
    const record = { event, attempts: 0, delivered: 0 };
    byId.set(event.id, record);
    const dropped = buffer.push(record);
    if (dropped) {
      byId.delete(dropped.event.id);
      section.remove(dropped.event.id);
    }
    return record;
  }

  return {
    add,
    find: (id) => byId.get(id),
    all: () => buffer.items(),
    markPending: ({ event }) => section.put(event.id, event),
    markDelivered: ({ event }) => section.remove(event.id),
    pending: section.restored.map(add),
  };
}
