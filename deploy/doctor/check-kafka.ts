import { inspectTopics, type ClusterFacts, type TopicFacts } from "@till/events/inspect";
import { tokenFrom } from "@till/rpc/client";
import { failed, ok, reasonOf, warn, type CheckResult } from "./check-result.ts";

const dayMs = 24 * 60 * 60_000;
/** A consumer that is away over a long weekend still gets every event. */
const shortestRetentionMs = 3 * dayMs;
/** The largest event that the outbox publishes. */
const largestRecordBytes = 1_000_000;

type KafkaSettings = {
  readonly kafkaBrokers: readonly string[];
  readonly kafkaSecurity: Parameters<typeof inspectTopics>[0]["security"] & object;
  readonly serviceToken: Parameters<typeof tokenFrom>[0];
  readonly keepDays: { readonly events: number };
};

/** Looks at the brokers and at each topic that the service publishes or consumes. */
export async function checkKafka(
  { kafkaBrokers: brokers, kafkaSecurity: security, serviceToken, keepDays }: KafkaSettings,
  topics: readonly string[],
): Promise<CheckResult[]> {
  const names = brokers.join(", ");
  let facts: ClusterFacts;
  try {
    facts = await inspectTopics({ brokers, security, token: tokenFrom(serviceToken) }, topics);
  } catch (error) {
    return [failed("kafka", `${names}: ${reasonOf(error)}`, "start the brokers, or correct KAFKA_…")];
  }
  const { brokers: count } = facts;
  return [
    ok("kafka", `${count === 1 ? "1 broker responds" : `${count} brokers respond`} at ${names}`),
    ...[...facts.topics].map(([name, topic]) =>
      checkTopic(`topic ${name}`, topic, { brokers: count, keepDays: keepDays.events }),
    ),
  ];
}

/** What there is to say of a topic on a cluster of so many brokers, where the inbox keeps events for so many days. */
export function checkTopic(
  check: string,
  topic: TopicFacts | undefined,
  { brokers, keepDays }: { readonly brokers: number; readonly keepDays: number },
): CheckResult {
  if (!topic) return ok(check, "does not exist yet: the service creates it with 6 partitions");
  const { partitions, replicas, leaderless, settings } = topic;
  const shape = `${partitions} partitions, ${replicas} replicas`;
  if (leaderless > 0)
    return failed(
      check,
      `${leaderless} of ${partitions} partitions have no leader`,
      "start the missing brokers",
    );
  if (!settings)
    return warn(check, `${shape}; its settings may not be read`, "grant DescribeConfigs on the topic");
  const retentionMs = Number(settings["retention.ms"]);
  const retention = retentionMs < 0 ? "kept for ever" : `kept ${days(retentionMs)}`;
  const found = `${shape}, ${retention}`;
  if (settings["cleanup.policy"]?.includes("compact"))
    return failed(
      check,
      `${found}, compacted: of an order only the last event stays`,
      "set cleanup.policy=delete",
    );
  if (retentionMs >= 0 && retentionMs < shortestRetentionMs)
    return warn(
      check,
      `${found}: a consumer that is away for longer misses events`,
      `set retention.ms to ${shortestRetentionMs} or more`,
    );
  if (retentionMs < 0 || retentionMs > keepDays * dayMs)
    return warn(
      check,
      `${found}: an event that is read again after ${keepDays} days is not known as applied any more`,
      `set retention.ms to ${keepDays * dayMs} or less, or TILL_KEEP_EVENTS_DAYS to what Kafka keeps`,
    );
  if (Number(settings["max.message.bytes"]) < largestRecordBytes)
    return warn(
      check,
      `${found}; records over ${settings["max.message.bytes"]} bytes are rejected`,
      `set max.message.bytes to ${largestRecordBytes} or more`,
    );
  const wanted = Math.min(3, brokers);
  if (replicas < wanted)
    return warn(check, `${found}: a broker that is lost takes events along`, `give it ${wanted} replicas`);
  if (replicas > 2 && Number(settings["min.insync.replicas"]) < 2)
    return warn(check, `${found}; one replica is enough to publish`, "set min.insync.replicas=2");
  return ok(check, found);
}

function days(ms: number): string {
  return ms < dayMs ? `${(ms / 3_600_000).toFixed(1)} hours` : `${Math.round(ms / dayMs)} days`;
}
