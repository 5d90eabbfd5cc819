import { withTimeout } from "@till/worker/with-timeout";
import type { Producer } from "kafkajs";
import { BusClosed, RecordRejected, type EventRecord } from "./bus.ts";
import { toTopicMessages } from "./kafka-message.ts";
import type { KafkaTopics } from "./kafka-topics.ts";
import { recordChunks } from "./record-chunks.ts";

/** All of a send's records for a partition make one batch, and a broker rejects batches over a megabyte. */
const chunkBytes = 512 * 1024;
/** How long the brokers may take to acknowledge. */
const sendMs = 5_000;
const disconnectMs = 1_000;

/** Sends one publish after another: an idempotent producer of kafkajs breaks its sequence with two at once (#598). */
export function createPublisher(
  newProducer: () => Producer,
  topics: KafkaTopics,
  lastProblem: () => string | undefined,
) {
  let producer: Producer | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  let closed = false;
  /** The send under way; one that took too long may still go on, and must not send beside the next one. */
  let current = 0;

  async function send(records: readonly EventRecord[]): Promise<void> {
    if (closed) throw new BusClosed();
    const names = records.map(({ topic }) => topic);
    const send = (current += 1);
    const requireCurrent = () => {
      if (send !== current) throw new Error("the send took too long and was abandoned");
    };
    try {
      if (!(await withTimeout(sendMs, sendAll(records, names, requireCurrent))))
        throw new Error(`Kafka did not acknowledge within ${sendMs} ms (${lastProblem() ?? "no error"})`);
    } catch (error) {
      current += 1;
      topics.forget(names);
      // The sequence numbers that the broker has seen are unknown: the next try is a new producer's.
      const broken = producer;
      producer = undefined;
      await withTimeout(disconnectMs, broken?.disconnect() ?? Promise.resolve());
      throw rejectionIn(error) ?? error;
    }
  }

  async function sendAll(
    records: readonly EventRecord[],
    names: readonly string[],
    requireCurrent: () => void,
  ): Promise<void> {
    await topics.ensure(names);
    requireCurrent();
    if (!producer) {
      producer = newProducer();
      await producer.connect();
    }
    for (const chunk of recordChunks(records, chunkBytes)) {
      requireCurrent();
      await producer.sendBatch({ acks: -1, timeout: sendMs, topicMessages: toTopicMessages(chunk) });
    }
  }

  return {
    publish(records: readonly EventRecord[]): Promise<void> {
      const sent = tail.then(() => send(records));
      tail = sent.catch(() => undefined); // the caller handles it
      return sent;
    },
    async close(): Promise<void> {
      closed = true;
      await tail;
      await producer?.disconnect();
    },
  };
}

/** The names that Kafka's protocol has for what no repetition helps. */
const rejections = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
  "POLICY_VIOLATION",
]);

/** The rejection that an error of kafkajs stands for: it wraps them, and gathers those of several topics. */
function rejectionIn(error: unknown): RecordRejected | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("type" in error && typeof error.type === "string" && rejections.has(error.type))
    return new RecordRejected(`${error.type}: ${error.message}`, { cause: error });
  if ("errors" in error && Array.isArray(error.errors))
    return error.errors.map(rejectionIn).find((found) => found !== undefined);
  return rejectionIn(error.cause);
}
