import type { NewsType, Payment } from "./payment.ts";
import { createRing } from "./ring.ts";

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
};

/** The newest `keep` pieces of news. */
export function createEvents(keep: number): Events {
  const ring = createRing<EventRecord>(keep);
  const byId = new Map<string, EventRecord>();
  return {
    add(event) {
      const record = { event, attempts: 0, delivered: 0 };
      byId.set(event.id, record);
      const dropped = ring.push(record);
      if (dropped) byId.delete(dropped.event.id);
      return record;
    },
    find: (id) => byId.get(id),
    all: () => ring.items(),
  };
}
