import { createHash } from "node:crypto";
import type { EventRecord } from "./bus/bus.ts";
import { EventMalformed, type IncomingEvent, type OutgoingEvent } from "./event.ts";

/** An event as a CloudEvent in Kafka's binary mode: attributes in the headers, the JSON body as the value. */
export function toRecord(event: OutgoingEvent, source: string): EventRecord {
  const headers: Record<string, string> = {
    "content-type": "application/json",
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

/**
 * Reads a CloudEvent in binary or structured mode. The optional attributes may be missing: the record's key stands in
 * for the subject, its time for the time, and the version is 0. Throws EventMalformed naming what is wrong.
 */
export function eventFromRecord(record: EventRecord): IncomingEvent {
  const { headers, data } = isStructured(record)
    ? fromStructured(record)
    : { headers: record.headers, data: undefined };
  if (headers.ce_specversion !== "1.0") throw new EventMalformed("ce_specversion is not 1.0");
  const dataVersion = Number(headers.ce_dataversion || 0);
  if (!Number.isSafeInteger(dataVersion) || dataVersion < 0) {
    throw new EventMalformed("ce_dataversion is not a whole number");
  }
  const time = headers.ce_time ? new Date(headers.ce_time) : new Date();
  if (Number.isNaN(time.getTime())) throw new EventMalformed("ce_time is not a time");
  return {
    id: attribute(headers, "ce_id"),
    type: attribute(headers, "ce_type"),
    source: attribute(headers, "ce_source"),
    subject: attribute({ ce_subject: headers.ce_subject || record.key }, "ce_subject"),
    dataVersion,
    time,
    ...(headers.traceparent && { traceparent: headers.traceparent }),
    data: data === undefined ? parseBody(record.value) : data,
    json: data === undefined ? record.value : JSON.stringify(data),
  };
}

/** The type alone, so that a record without a handler costs no parsing in binary mode. */
export function typeOfRecord(record: EventRecord): string {
  return attribute(isStructured(record) ? fromStructured(record).headers : record.headers, "ce_type");
}

/** The id under which a record is stored: its event's id or, where the event has no usable one, a hash of the record. */
export function recordIdOf(record: EventRecord): string {
  const { topic, key, headers, value } = record;
  const id = structuredId(record) ?? headers.ce_id;
  if (id && isAttribute(id)) return id;
  const hash = createHash("sha256").update(JSON.stringify([topic, key, headers, value]));
  return `sha256:${hash.digest("hex")}`;
}

function isStructured({ headers }: EventRecord): boolean {
  return headers["content-type"]?.startsWith("application/cloudevents+json") ?? false;
}

/** The attributes of a structured event as the headers of binary mode have them, and its data. */
function fromStructured({ headers, value }: EventRecord) {
  const event = parseBody(value);
  if (typeof event !== "object" || event === null) throw new EventMalformed("the body is not a CloudEvent");
  const { data, data_base64: encoded, ...attributes } = event as Readonly<Record<string, unknown>>;
  const texts = Object.entries(attributes).flatMap(([name, attribute]) =>
    typeof attribute === "string" || typeof attribute === "number"
      ? [[name, String(attribute)] as const]
      : [],
  );
  const all: Readonly<Record<string, string>> = {
    ...headers,
    ...Object.fromEntries(texts.map(([name, text]) => [`ce_${name}`, text])),
    ...Object.fromEntries(texts.filter(([name]) => name === "traceparent")),
  };
  const isEncoded = typeof encoded === "string";
  return {
    headers: all,
    data: isEncoded ? parseBody(Buffer.from(encoded, "base64").toString()) : (data ?? null),
  };
}

function structuredId(record: EventRecord): string | undefined {
  if (!isStructured(record)) return undefined;
  try {
    return fromStructured(record).headers.ce_id;
  } catch {
    return undefined; // a body that is not JSON has no id
  }
}

function attribute(headers: Readonly<Record<string, string | undefined>>, name: string): string {
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
