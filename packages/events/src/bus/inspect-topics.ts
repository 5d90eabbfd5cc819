import type { Admin } from "kafkajs";
import { kafkaSecurity } from "./kafka-security.ts";
import type { KafkaBusOptions } from "./kafka.ts";
import { loadKafkajs } from "./load-kafkajs.ts";

/** A topic as the brokers have it. */
export type TopicFacts = {
  readonly partitions: number;
  /** Of the partition with the fewest. */
  readonly replicas: number;
  /** Partitions without a leader, which can be neither written nor read. */
  readonly leaderless: number;
  /** Settings by their names; undefined where this client may not read them. */
  readonly settings: Readonly<Record<string, string>> | undefined;
};

type InspectOptions = Pick<KafkaBusOptions, "brokers" | "security" | "token">;

/** What a process would find at its brokers. */
export type ClusterFacts = {
  readonly brokers: number;
  /** Each of the topics; undefined where it does not exist yet. */
  readonly topics: ReadonlyMap<string, TopicFacts | undefined>;
};

/** Looks at the brokers and at these topics without changing them. Rejects where no broker responds within seconds. */
export async function inspectTopics(
  { brokers, security = {}, token }: InspectOptions,
  topics: readonly string[],
): Promise<ClusterFacts> {
  const kafkajs = await loadKafkajs();
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: "till-doctor",
    ...kafkaSecurity(security, token),
    connectionTimeout: 3_000,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 100, retries: 1 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers: known } = await admin.describeCluster();
    const existing = await admin.listTopics();
    const facts = await Promise.all(
      topics.map(async (topic) => {
        const isThere = existing.includes(topic);
        return [
          topic,
          isThere ? await topicFacts(admin, topic, kafkajs.ConfigResourceTypes.TOPIC) : undefined,
        ] as const;
      }),
    );
    return { brokers: known.length, topics: new Map(facts) };
  } finally {
    await admin.disconnect();
  }
}

async function topicFacts(admin: Admin, topic: string, type: number): Promise<TopicFacts> {
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = metadata.topics[0]?.partitions ?? [];
  return {
    partitions: partitions.length,
    replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    leaderless: partitions.filter(({ leader }) => leader < 0).length,
    settings: await settingsOf(admin, topic, type),
  };
}

/** Reading settings is a right of its own, which a client may lack. */
async function settingsOf(admin: Admin, topic: string, type: number): Promise<TopicFacts["settings"]> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type, name: topic, configNames: [...settingNames] }],
    });
    const entries = resources[0]?.configEntries ?? [];
    return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
  } catch (error) {
    if ((error as { readonly type?: string }).type === "TOPIC_AUTHORIZATION_FAILED") return undefined;
    throw error;
  }
}

const settingNames = ["retention.ms", "cleanup.policy", "min.insync.replicas", "max.message.bytes"] as const;
