import type { EventRecord } from "./bus.ts";

/** Records as a Kafka client sends them: topic by topic, each in its order. */
export function toTopicMessages(records: readonly EventRecord[]) {
  return [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    messages: some.map(({ key, headers, value }) => ({ key, headers, value })),
  }));
}

/** A record as a Kafka client receives it. Anybody may have written it, so anything may be missing. */
export type ReceivedMessage = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since 1970, as text. */
  readonly timestamp?: string;
  readonly headers?: Readonly<Record<string, Text | Text[] | undefined>>;
};

type Text = Buffer | string;

/**
 * The type of a message in binary mode, without reading the rest of it. Undefined where it is not certain: in structured mode
 * the body has it, and a message without a type is for the reader to reject.
 */
export function typeOfMessage({ headers = {} }: ReceivedMessage): string | undefined {
  const { ce_type: type, "content-type": contentType } = headers;
  const isText = typeof type === "string" || Buffer.isBuffer(type);
  return isText && !String(contentType ?? "").startsWith("application/cloudevents")
    ? String(type)
    : undefined;
}

/**
 * Reads a received message; what is missing is empty, and of a repeated header the last one counts. An event without a
 * time has the record's. Never throws: what one record has must not stop its partition.
 */
export function recordFromMessage(
  topic: string,
  { key, value, timestamp, headers = {} }: ReceivedMessage,
): EventRecord {
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    texts[name] = String((Array.isArray(text) ? text.at(-1) : text) ?? "");
  }
  const time = new Date(Number(timestamp || NaN));
  if (!texts.ce_time && !Number.isNaN(time.getTime())) texts.ce_time = time.toISOString();
  return { topic, key: String(key ?? ""), headers: texts, value: String(value ?? "") };
}
