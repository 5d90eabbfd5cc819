import type { Kafka } from "kafkajs";

/** How many records of each topic a consumer group has not committed yet. */
export async function consumerLag(
  kafka: Kafka,
  groupId: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
    return new Map(
      await Promise.all(
        committed.map(async ({ topic, partitions }) => {
          const positions = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]));
          const ends = await admin.fetchTopicOffsets(topic);
          // A group that has committed nothing of a partition reads it from its beginning: -1 is before it.
          const behind = ends.map(
            ({ partition, high, low }) =>
              Number(high) - Math.max(positions.get(partition) ?? -1, Number(low)),
          );
          return [topic, behind.reduce((sum, count) => sum + count, 0)] as const;
        }),
      ),
    );
  } finally {
    await admin.disconnect();
  }
}
