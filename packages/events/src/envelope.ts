import { createHash } from "node:crypto";
import type { EventRecord } from "./bus/bus.ts";
import { EventMalformed, type IncomingEvent, type OutgoingEvent } from "./event.ts";

/** An event as a CloudEvent in Kafka's binary mode: attributes in the headers, the JSON body as the value. */
export function toRecord(event: OutgoingEvent, source: string): EventRecord {
  const headers: Record<string, string> = {
    ce_specversion: "1.0",
    ce_id: event.id,
    ce_type: event.type,
    ce_source: source,
    ce_time: event.time.toISOString(),
    ce_subject: event.subject,
    ce_dataversion: String(event.dataVersion),
  };
  if (event.traceparent) headers.traceparent = event.traceparent;
  return { topic: event.topic, key: event.subject, headers, value: event.data };
}

/** Reads a record back; throws EventMalformed naming what is wrong with it. */
export function eventFromRecord({ headers, value }: EventRecord): IncomingEvent {
  if (headers.ce_specversion !== "1.0") throw new EventMalformed("ce_specversion is not 1.0");
  const dataVersion = Number(attribute(headers, "ce_dataversion"));
  if (!Number.isSafeInteger(dataVersion) || dataVersion < 0) {
    throw new EventMalformed("ce_dataversion is not a whole number");
  }
  const time = new Date(attribute(headers, "ce_time"));
  if (Number.isNaN(time.getTime())) throw new EventMalformed("ce_time is not a time");
  return {
    id: attribute(headers, "ce_id"),
    type: attribute(headers, "ce_type"),
    source: attribute(headers, "ce_source"),
    subject: attribute(headers, "ce_subject"),
    dataVersion,
    time,
    ...(headers.traceparent && { traceparent: headers.traceparent }),
    data: parseBody(value),
  };
}

/** The type alone, so that a record nobody handles costs no parsing. */
export function typeOfRecord({ headers }: EventRecord): string {
  return attribute(headers, "ce_type");
}

/** What a record is filed under: its event's id or, where it has none that can be used, a hash of the whole. */
export function recordIdOf({ topic, key, headers, value }: EventRecord): string {
  const id = headers.ce_id;
  if (id && isAttribute(id)) return id;
  const hash = createHash("sha256").update(JSON.stringify([topic, key, headers, value]));
  return `sha256:${hash.digest("hex")}`;
}

function attribute(headers: EventRecord["headers"], name: string): string {
  const text = headers[name];
  if (!text) throw new EventMalformed(`${name} is missing`);
  if (!isAttribute(text)) throw new EventMalformed(`${name} is too long or holds control characters`);
  return text;
}

/** Ids become keys in Postgres, which takes neither NUL nor long index entries. */
function isAttribute(text: string): boolean {
  return text.length <= 256 && !/\p{Cc}/u.test(text);
}

function parseBody(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new EventMalformed("the body is not JSON", { cause });
  }
}
