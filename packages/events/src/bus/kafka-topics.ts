import type { Kafka } from "kafkajs";

/** The topics of a Kafka cluster, as far as this process uses them. */
export type KafkaTopics = {
  /** Creates the topics that are missing. Looks once for each, and again after `forget`. */
  ensure(topics: readonly string[]): Promise<void>;
  /** Looks for these again at their next use: an operator may have deleted one. */
  forget(topics: readonly string[]): void;
};

type TopicShape = { readonly partitions?: number; readonly replicationFactor?: number };

/** A broker that creates topics by itself chooses their shape, so they are created before their first use. */
export function createTopics(
  kafka: Kafka,
  { partitions = 6, replicationFactor = -1 }: TopicShape,
): KafkaTopics {
  const known = new Set<string>();
  return {
    async ensure(topics) {
      const wanted = [...new Set(topics)].filter((topic) => !known.has(topic));
      if (wanted.length === 0) return;
      const admin = kafka.admin();
      try {
        await admin.connect();
        const existing = await admin.listTopics();
        const missing = wanted.filter((topic) => !existing.includes(topic));
        const shape = { numPartitions: partitions, replicationFactor };
        if (missing.length > 0)
          await admin.createTopics({ topics: missing.map((topic) => ({ topic, ...shape })) });
        for (const topic of wanted) known.add(topic);
      } finally {
        await admin.disconnect();
      }
    },
    forget(topics) {
      for (const topic of topics) known.delete(topic);
    },
  };
}
