import { expect } from "chai";
import { Kafka, logLevel } from "kafkajs";
import { randomUUID } from "node:crypto";
import { kafkaBus, RecordRejected, type Bus, type EventRecord } from "../src/bus.ts";
import { aRecord, silentLog } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";

const brokers = process.env.TILL_TEST_KAFKA_BROKERS?.split(",");

describe("the Kafka bus rejects for good", function () {
  this.timeout(60_000);
  let bus: Bus;
  before(async function () {
    if (!brokers) this.skip();
    bus = await kafkaBus({ brokers, clientId: "till-test", log: silentLog });
  });
  after(() => bus?.close());

  const failureOf = (records: readonly EventRecord[]) =>
    bus.publish(records).then(
      () => undefined,
      (error: unknown) => error,
    );

  it("a record of more than a megabyte, and then takes others", async () => {
    const topic = `test-${randomUUID()}`;
    const large = aRecord({ topic, data: JSON.stringify("x".repeat(1_100_000)) });
    expect(await failureOf([large])).to.be.instanceOf(RecordRejected);
    await bus.publish([aRecord({ topic })]);
  });

  it("a record whose topic has no possible name, and then takes others", async () => {
    expect(await failureOf([aRecord({ topic: "no such:name" })])).to.be.instanceOf(RecordRejected);
    await bus.publish([aRecord({ topic: `test-${randomUUID()}` })]);
  });
});

describe("the Kafka bus and a topic that is deleted", function () {
  this.timeout(60_000);

  it("makes the topic again, and carries what is published from then on", async function () {
    if (!brokers) return this.skip();
    const topic = `test-${randomUUID()}`;
    const bus = await kafkaBus({ brokers, clientId: "till-test", log: silentLog });
    const isPublished = (record: EventRecord) =>
      bus.publish([record]).then(
        () => true,
        () => false,
      );
    const before = aRecord({ topic });
    await eventually("it is published", () => isPublished(before), 30_000);

    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    // The controller deletes it first: until the broker has, it acknowledges records that go with the topic.
    await eventually("the broker has deleted it", async () => !(await admin.listTopics()).includes(topic));
    await admin.disconnect();
    const after = aRecord({ topic });
    await eventually("it is published", () => isPublished(after), 30_000);
    const received = new Set<string | undefined>();
    await bus.subscribe({
      group: `test-${randomUUID()}`,
      topics: [topic],
      onBatch: (records) => Promise.resolve(records.forEach(({ headers }) => received.add(headers.ce_id))),
    });
    await eventually("it is received", () => received.has(after.headers.ce_id), 30_000);
    await bus.close();
  });
});
