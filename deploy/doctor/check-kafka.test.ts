import { expectResult } from "../../test/support/expect-check-result.ts";
import { checkTopic } from "./check-kafka.ts";

describe("The doctor's check of a topic", () => {
  it("finds one that loses events", () => {
    const settings = {
      "retention.ms": "604800000",
      "cleanup.policy": "delete",
      "min.insync.replicas": "2",
      "max.message.bytes": "1048588",
    };
    const topic = { partitions: 6, replicas: 3, leaderless: 0, settings };
    const kept = { brokers: 3, keepDays: 30 };
    const found = (change: object, others: object = {}) =>
      checkTopic("topic order.events", { ...topic, ...others, settings: { ...settings, ...change } }, kept);
    expectResult(found({}), "ok", /6 partitions, 3 replicas, kept 7 days/);
    expectResult(found({ "retention.ms": "2592000000" }), "ok", /kept 30 days/);
    expectResult(found({ "retention.ms": "2592000001" }), "warn", /after 30 days/);
    expectResult(found({ "retention.ms": "-1" }), "warn", /for ever/);
    expectResult(found({ "retention.ms": "3600000" }), "warn", /kept 1\.0 hours/);
    expectResult(found({ "cleanup.policy": "compact" }), "fail", /compacted/);
    expectResult(found({ "max.message.bytes": "1000" }), "warn", /1000 bytes/);
    expectResult(found({ "min.insync.replicas": "1" }), "warn", /one replica/);
    expectResult(found({}, { replicas: 1 }), "warn", /1 replicas/);
    expectResult(found({}, { leaderless: 2 }), "fail", /no leader/);
    expectResult(checkTopic("topic", { ...topic, settings: undefined }, kept), "warn", /may not be read/);
    expectResult(checkTopic("topic", undefined, kept), "ok", /creates it/);
  });
});
