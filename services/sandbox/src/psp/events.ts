import type { Journal } from "../journal.ts";
import type { NewsType, Payment } from "./payment.ts";
import { createRing } from "./ring-buffer.ts";

/** A piece of news, as a webhook carries it. */
export type PspEvent = {
  readonly id: string;
  readonly type: NewsType;
  /** Seconds since 1970. */
  readonly created: number;
  readonly data: { readonly payment: Payment };
};

/** A piece of news, how often it was sent and how often it was taken. */
export type EventRecord = { readonly event: PspEvent; attempts: number; delivered: number };

export type Events = {
  add(event: PspEvent): EventRecord;
  find(id: string): EventRecord | undefined;
  /** Oldest first. */
  all(): Iterable<EventRecord>;
  /** Notes that the client has to get it, from a later process if this one does not last. */
  owe(record: EventRecord): void;
  /** Notes that the client has it. */
  settle(record: EventRecord): void;
  /** What earlier processes owed. */
  readonly owed: readonly EventRecord[];
};

/** The newest `keep` pieces of news. */
export function createEvents(keep: number, journal: Journal): Events {
  const page = journal.page<PspEvent>("webhooks");
  const ring = createRing<EventRecord>(keep);
  const byId = new Map<string, EventRecord>();

  function add(event: PspEvent): EventRecord {
    const record = { event, attempts: 0, delivered: 0 };
    byId.set(event.id, record);
    const dropped = ring.push(record);
    if (dropped) {
      byId.delete(dropped.event.id);
      page.strike(dropped.event.id);
    }
    return record;
  }

  return {
    add,
    find: (id) => byId.get(id),
    all: () => ring.items(),
    owe: ({ event }) => page.write(event.id, event),
    settle: ({ event }) => page.strike(event.id),
    owed: page.earlier.map(add),
  };
}
