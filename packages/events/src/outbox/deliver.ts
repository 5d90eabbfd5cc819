import { RecordRejected, type Bus } from "../bus/bus.ts";
import { toRecord } from "../envelope.ts";
import type { StoredEvent } from "./outbox-session.ts";

/** What became of events that were to be published. Those in neither list were not tried, or the bus failed. */
export type Delivery = {
  readonly published: readonly StoredEvent[];
  readonly rejected: readonly Rejection[];
  /** Why the bus failed. */
  readonly failure?: unknown;
};

export type Rejection = { readonly event: StoredEvent; readonly error: RecordRejected };

/** Publishes events in order. Of a batch that the bus rejects, halves are tried, down to the events at fault. */
export async function deliver(bus: Bus, source: string, events: readonly StoredEvent[]): Promise<Delivery> {
  try {
    await bus.publish(events.map((event) => toRecord(event, source)));
    return { published: events, rejected: [] };
  } catch (error) {
    if (!(error instanceof RecordRejected)) return { published: [], rejected: [], failure: error };
    if (events.length === 1) return { published: [], rejected: [{ event: events[0]!, error }] };
    const half = Math.ceil(events.length / 2);
    const first = await deliver(bus, source, events.slice(0, half));
    if (first.failure !== undefined) return first;
    const second = await deliver(bus, source, events.slice(half));
    return {
      ...second,
      published: [...first.published, ...second.published],
      rejected: [...first.rejected, ...second.rejected],
    };
  }
}
