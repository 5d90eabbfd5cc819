import { backOffMs } from "@till/worker/back-off";
import { BusClosed, type EventRecord } from "../bus/bus.ts";
import { eventFromRecord, typeOfRecord } from "../envelope.ts";
import { EventMalformed, EventTooEarly, type IncomingEvent } from "../event.ts";
import { inSpan } from "@till/tracing";
import { pause } from "@till/worker/pause";

/** Applies one event. It records the event in the inbox in its own transaction, and takes a repeat as done. */
export type EventHandler = (event: IncomingEvent) => Promise<unknown>;
export type EventHandlers = Readonly<Record<string, EventHandler>>;

export type AttemptRules = {
  readonly handlers: EventHandlers;
  /** Whether the failure is of the surroundings, such as a database that is away, and not of the event. */
  readonly isTransient: (error: unknown) => boolean;
  /** How often an event may fail before it counts as poison. */
  readonly maxTries: number;
  readonly signal: AbortSignal;
};

export type Outcome =
  | { readonly kind: "handled"; readonly event: IncomingEvent }
  | { readonly kind: "skipped" }
  | { readonly kind: "early"; readonly error: Error }
  | { readonly kind: "poison"; readonly error: unknown; readonly tries: number };

/** Gives a record to its handler and says what came of it. Throws only what concerns more than this record. */
export async function attempt(record: EventRecord, rules: AttemptRules): Promise<Outcome> {
  const { handlers, isTransient, maxTries, signal } = rules;
  for (let tries = 1; ; tries += 1) {
    try {
      const type = typeOfRecord(record);
      if (!Object.hasOwn(handlers, type)) return { kind: "skipped" };
      const event = eventFromRecord(record);
      const span = { kind: "consumer", parent: () => event.traceparent } as const;
      await inSpan(`process ${type}`, span, (traceparent = event.traceparent) =>
        handlers[type]!(traceparent === undefined ? event : { ...event, traceparent }),
      );
      return { kind: "handled", event };
    } catch (error) {
      if (isTransient(error)) throw error;
      if (error instanceof EventTooEarly) return { kind: "early", error };
      if (error instanceof EventMalformed || tries >= maxTries) return { kind: "poison", error, tries };
      await pause(backOffMs(tries, { firstMs: 50, maxMs: 1_000 }), signal);
      if (signal.aborted) throw new BusClosed();
    }
  }
}
