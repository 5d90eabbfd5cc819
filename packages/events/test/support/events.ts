import { createLog, type Log } from "@till/telemetry";
import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { EventRecord } from "../../src/bus.ts";
import { outbox, toRecord, type OutgoingEvent } from "../../src/outbox.ts";

/** An event of some order, with what the test cares about. */
export function anEvent(facts: Partial<OutgoingEvent> = {}): OutgoingEvent {
  return {
    id: randomUUID(),
    type: "order.created",
    topic: "order.events",
    subject: randomUUID(),
    dataVersion: 1,
    time: new Date(),
    data: "{}",
    ...facts,
  };
}

/** The same as a record on the bus. */
export function aRecord(facts: Partial<OutgoingEvent> = {}): EventRecord {
  return toRecord(anEvent(facts), "till/test");
}

/** Commits events the way a service does. */
export async function commit(
  on: pg.Pool | pg.ClientBase,
  ...events: readonly OutgoingEvent[]
): Promise<void> {
  const rows = outbox(1);
  await on.query(rows.insert(), rows.params(events));
}

export const silentLog: Log = createLog({ service: "test", level: "silent" });

/** A log that keeps its lines. */
export function keptLog(): { readonly log: Log; readonly messages: string[] } {
  const messages: string[] = [];
  const write = (line: string) => messages.push((JSON.parse(line) as { msg: string }).msg);
  return { log: createLog({ service: "test", destination: { write } }), messages };
}
