import type { Log, Metrics } from "@till/telemetry";
import { startWorker } from "@till/worker";
import { startHeartbeat } from "@till/worker/heartbeat";
import { createOutage } from "@till/worker/outage";
import { pause } from "@till/worker/pause";
import { withTimeout } from "@till/worker/with-timeout";
import type { EachBatchPayload, Kafka, RequestEvent } from "kafkajs";
import { kafkaMetrics } from "../event-metrics.ts";
import type { Bus, SubscribeOptions, Subscription } from "./bus.ts";
import { dispatch } from "./dispatch.ts";
import { kafkaSecurity, type KafkaSecurity } from "./kafka-security.ts";
import { recordFromMessage, typeOfMessage } from "./kafka-message.ts";
import { createPublisher } from "./kafka-publisher.ts";
import { loadKafkajs } from "./load-kafkajs.ts";
import { createTopics, type KafkaTopics } from "./kafka-topics.ts";
import { startOffsetCommits, type OffsetCommits } from "./offset-commits.ts";
import { consumerLag } from "./kafka-lag.ts";
import { othersTopics } from "./others-topics.ts";

export type KafkaBusOptions = {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly security?: KafkaSecurity;
  /** Gives the bearer token of a connection by SASL OAUTHBEARER. */
  readonly token?: () => Promise<string>;
  /** For topics that do not exist yet. */
  readonly partitions?: number;
  /** For topics that do not exist yet; the brokers' own default if left out. */
  readonly replicationFactor?: number;
};

/** While a batch is handled; the group takes a consumer without heartbeats for dead. */
const heartbeatMs = 1_000;

/** A bus on Apache Kafka. Nothing waits for the brokers: they are looked for at the first use, and for ever. */
export async function kafkaBus(options: KafkaBusOptions): Promise<Bus> {
  const { brokers, clientId, log, metrics, security = {}, token, ...topicShape } = options;
  const { requests } = kafkaMetrics(metrics);
  const onRequest: OnRequest = ({ payload }) => requests.inc({ api: payload.apiName });
  const kafkajs = await loadKafkajs();
  /** Such as a certificate that is not trusted: kafkajs tries on, and throws no error of it. */
  let lastProblem: string | undefined;
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ...kafkaSecurity(security, token),
    connectionTimeout: 3_000,
    requestTimeout: 5_000,
    // About five seconds of trying; who called tries again after that.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 },
    logLevel: kafkajs.logLevel.WARN,
    // It tells of every try. What matters of it, the relay and the subscriptions say once.
    logCreator: () => (entry) => {
      if (entry.level === kafkajs.logLevel.ERROR) lastProblem = entry.log.message;
      log.debug({ kafkajs: entry.log, namespace: entry.namespace }, entry.log.message);
    },
  });
  const kafkaTopics = createTopics(kafka, topicShape);
  const newProducer = () => {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      // kafkajs would try for ever otherwise. These take about three seconds, which a new topic may need for its leaders.
      retry: { retries: 5 },
    });
    producer.on("producer.network.request", onRequest);
    return producer;
  };
  const publisher = createPublisher(newProducer, kafkaTopics, () => lastProblem);
  const subscriptions: Subscription[] = [];

  return {
    publish: (records) => publisher.publish(records),
    subscribe(options) {
      const subscription = consume({ ...options, kafka, log, kafkaTopics, onRequest });
      subscriptions.push(subscription);
      return Promise.resolve(subscription);
    },
    lag: (group, topics) => consumerLag(kafka, group, topics),
    async close() {
      await withTimeout(closeMs, Promise.all([publisher, ...subscriptions].map((one) => one.close())));
    },
  };
}

const closeMs = 5_000;

type OnRequest = (event: RequestEvent) => void;
type ConsumeOptions = SubscribeOptions & {
  readonly kafka: Kafka;
  readonly log: Log;
  readonly kafkaTopics: KafkaTopics;
  readonly onRequest: OnRequest;
};

/** Keeps a consumer running until closed: one that crashes is replaced by a new one. */
function consume(options: ConsumeOptions): Subscription {
  const { group, topics, isWanted, onBatch, kafka, log: parent, kafkaTopics, onRequest } = options;
  const log = parent.child({ group });
  const others = othersTopics();

  async function open(signal: AbortSignal) {
    const consumer = kafka.consumer({
      groupId: group,
      allowAutoTopicCreation: false,
      minBytes: 1,
      // A fetch returns at the first record; this is how long an idle one waits, and a close may wait for it.
      maxWaitTimeInMs: 1_000,
      sessionTimeout: 6_000,
      heartbeatInterval: 2_000,
      retry: { restartOnFailure: () => Promise.resolve(false) },
    });
    consumer.on("consumer.network.request", onRequest);
    const joined = Promise.withResolvers<void>();
    const crash: { error?: Error } = {};
    consumer.on("consumer.crash", ({ payload }) => {
      crash.error = payload.error;
      joined.resolve();
      worker.notify();
    });
    const offsets = startOffsetCommits(
      (positions) => consumer.commitOffsets(positions),
      (error) => log.debug({ err: error }, "offsets were not committed"),
    );
    consumer.on("consumer.group_join", ({ payload }) => {
      offsets.assigned(payload.memberAssignment);
      joined.resolve();
    });
    signal.addEventListener("abort", () => joined.resolve(), { once: true });
    try {
      // A topic that was deleted made the consumer before this one crash.
      kafkaTopics.forget(topics);
      await kafkaTopics.ensure(topics);
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 6,
        eachBatch: (payload) => handleBatch(payload, { isWanted, onBatch, offsets, others, log, signal }),
      });
    } catch (error) {
      await consumer.disconnect();
      throw error;
    }
    return {
      joined: joined.promise,
      crash,
      async close() {
        await offsets.close();
        await consumer.disconnect();
      },
    };
  }

  /** One round: waits for the group at first, later looks for a crash. */
  async function run(_: AbortSignal, { joined, crash }: Awaited<ReturnType<typeof open>>): Promise<void> {
    await joined;
    if (crash.error) throw crash.error;
  }

  const worker = startWorker({ name: "consuming from Kafka", everyMs: 60_000, log, open, run });
  return { close: worker.close };
}

type BatchHandling = Pick<SubscribeOptions, "onBatch"> & {
  readonly isWanted: SubscribeOptions["isWanted"] | undefined;
  readonly offsets: OffsetCommits;
  readonly others: ReturnType<typeof othersTopics>;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Handles a batch and marks its offset; leaves it where the group has taken its partition away. */
async function handleBatch(
  payload: EachBatchPayload,
  { isWanted = () => true, onBatch, offsets, others, log, signal }: BatchHandling,
): Promise<void> {
  const { topic, partition, messages } = payload.batch;
  const wanted = messages.filter((message) => {
    const type = typeOfMessage(message);
    return type === undefined || isWanted(type);
  });
  const records = wanted.map((message) => recordFromMessage(topic, message));
  const heartbeat = startHeartbeat(heartbeatMs, () => payload.heartbeat());
  const isHandled = await dispatch({
    handle: () => onBatch(records, messages.length - records.length),
    isHeld: () => !signal.aborted && payload.isRunning() && !payload.isStale() && !heartbeat.lost.aborted,
    outage: createOutage(log, `handling a batch of ${topic}/${partition}`),
    signal,
  });
  heartbeat.stop();
  if (!isHandled) {
    heartbeat.lost.throwIfAborted();
    return;
  }
  const last = messages.at(-1)!.offset;
  // Committing alone would leave the position where it was, and the same batch would come for ever.
  payload.resolveOffset(last);
  offsets.handled({ topic, partition, offset: String(BigInt(last) + 1n) });
  const pauseMs = others.pauseAfter(topic, records.length);
  if (pauseMs > 0) await pause(pauseMs, signal);
}
