import { isTracing, startSpan } from "@till/tracing";
import { RecordRejected, type Bus, type EventRecord } from "../bus/bus.ts";
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
  const { records, end } = inPublishSpans(events.map((event) => toRecord(event, source)));
  try {
    await bus.publish(records);
    end();
    return { published: events, rejected: [] };
  } catch (error) {
    end(error);
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

/** The records with the traces of a span for each, which `end` ends. */
function inPublishSpans(records: readonly EventRecord[]) {
  if (!isTracing()) return { records, end: () => undefined };
  const traced = records.map((record) => {
    const { headers } = record;
    const parent = () => headers.traceparent;
    const span = startSpan(`publish ${headers.ce_type}`, { kind: "producer", parent });
    return {
      span,
      record: span ? { ...record, headers: { ...headers, traceparent: span.traceparent } } : record,
    };
  });
  return {
    records: traced.map(({ record }) => record),
    end: (error?: unknown) => traced.forEach(({ span }) => span?.end(error)),
  };
}
