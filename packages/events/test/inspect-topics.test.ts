import { expect } from "chai";
import { Kafka, logLevel } from "kafkajs";
import { randomUUID } from "node:crypto";
import { inspectTopics } from "../src/bus/inspect-topics.ts";

const brokers = process.env.TILL_TEST_KAFKA_BROKERS?.split(",");

describe("inspecting topics", function () {
  this.timeout(60_000);

  it("tells their partitions and settings, and creates none that is missing", async function () {
    if (!brokers) this.skip();
    const [topic, missing] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      await admin.createTopics({
        waitForLeaders: true,
        topics: [
          {
            topic,
            numPartitions: 3,
            configEntries: [
              { name: "retention.ms", value: "3600000" },
              { name: "cleanup.policy", value: "compact" },
            ],
          },
        ],
      });
      const { brokers: count, topics } = await inspectTopics({ brokers }, [topic, missing]);
      expect(count).to.equal(1);
      expect(topics.get(missing)).to.equal(undefined);
      const { settings, ...shape } = topics.get(topic)!;
      expect(shape).to.deep.equal({ partitions: 3, replicas: 1, leaderless: 0 });
      expect(settings).to.include({ "retention.ms": "3600000", "cleanup.policy": "compact" });
      expect(await admin.listTopics()).to.not.include(missing);
      await admin.deleteTopics({ topics: [topic] });
    } finally {
      await admin.disconnect();
    }
  });

  it("rejects within seconds where no broker responds", async () => {
    const failure = await inspectTopics({ brokers: ["127.0.0.1:1"] }, ["any"]).catch(
      (error: unknown) => error,
    );
    expect(String(failure)).to.include("127.0.0.1:1");
  });
});
