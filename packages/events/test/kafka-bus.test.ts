import { expect } from "chai";
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { kafkaBus, type EventRecord } from "../src/bus.ts";
import { busContract } from "./support/bus-contract.ts";
import { aRecord, keptLog, silentLog } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";

const brokers = process.env.TILL_TEST_KAFKA_BROKERS?.split(",");

describe("the Kafka bus", function () {
  this.timeout(60_000);
  before(function () {
    if (!brokers) this.skip();
  });
  busContract(() => kafkaBus({ brokers: brokers ?? [], clientId: "till-test", log: silentLog }));

  it("sets no timer for the past, which would run a thousand times a second", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on("warning", onWarning);
    const [topic, group] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
    const bus = await kafkaBus({ brokers: brokers ?? [], clientId: "till-test", log: silentLog });
    await bus.publish([aRecord({ topic })]);
    const received: EventRecord[] = [];
    const onBatch = (records: readonly EventRecord[]) => Promise.resolve(void received.push(...records));
    await bus.subscribe({ group, topics: [topic], onBatch });
    await eventually("it is received", () => received.length > 0, 30_000);
    await bus.close();
    process.off("warning", onWarning);
    expect(warnings).to.deep.equal([]);
  });

  it("leaves out records whose type is not wanted, counts them, and goes on after them", async () => {
    const [topic, group] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
    const bus = await kafkaBus({ brokers: brokers ?? [], clientId: "till-test", log: silentLog });
    const withHeaders = (headers: Record<string, string>) => ({ ...aRecord({ topic }), headers });
    const [wanted, other] = [aRecord({ topic, type: "order.cancelled" }), aRecord({ topic })];
    const structured = withHeaders({ "content-type": "application/cloudevents+json; charset=utf-8" });
    const untyped = withHeaders({ ce_id: "1" });
    await bus.publish([other, wanted, other, structured, untyped]);
    const received: EventRecord[] = [];
    let notWanted = 0;
    await bus.subscribe({
      ...{ group, topics: [topic], isWanted: (type) => type === "order.cancelled" },
      onBatch(records, leftOut = 0) {
        notWanted += leftOut;
        return Promise.resolve(void received.push(...records));
      },
    });
    const lag = async () => (await bus.lag(group, [topic])).get(topic);
    await eventually("all is committed", async () => (await lag()) === 0, 30_000);
    await bus.close();
    const keys = (records: readonly EventRecord[]) => records.map(({ key }) => key).sort();
    expect(keys(received)).to.deep.equal(keys([wanted, structured, untyped]));
    expect(notWanted).to.equal(2);
  });

  it("brings a record again when the process that had it was killed before it finished", async () => {
    const [topic, group] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
    const bus = await kafkaBus({ brokers: brokers ?? [], clientId: "till-test", log: silentLog });
    const record = aRecord({ topic });
    await bus.publish([record]);
    const doomed = fork(`${import.meta.dirname}/support/subscriber-that-dies.ts`, [
      brokers!.join(),
      group,
      topic,
    ]);
    const [, signal] = (await once(doomed, "exit")) as [number | null, string | null];
    expect(signal).to.equal("SIGKILL");
    const received: EventRecord[] = [];
    const onBatch = (records: readonly EventRecord[]) => Promise.resolve(void received.push(...records));
    await bus.subscribe({ group, topics: [topic], onBatch });
    await eventually("the successor has it", () => received.length > 0, 30_000);
    await bus.close();
    expect(received).to.deep.equal([record]);
  });
});

describe("the Kafka bus's lag", function () {
  this.timeout(60_000);
  before(function () {
    if (!brokers) this.skip();
  });

  it("counts what a group has not committed, of topics it has never read, too", async () => {
    const [topic, group] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
    const bus = await kafkaBus({ brokers: brokers ?? [], clientId: "till-test", log: silentLog });
    await bus.publish([aRecord({ topic }), aRecord({ topic }), aRecord({ topic })]);
    expect(await bus.lag(group, [topic])).to.deep.equal(new Map([[topic, 3]]));
    const onBatch = () => Promise.resolve();
    const subscription = await bus.subscribe({ group, topics: [topic], onBatch });
    const lag = async () => (await bus.lag(group, [topic])).get(topic);
    await eventually("all is committed", async () => (await lag()) === 0, 30_000);
    await subscription.close();
    await bus.publish([aRecord({ topic })]);
    expect(await lag()).to.equal(1);
    await bus.close();
  });
});

describe("the Kafka bus without a broker", function () {
  this.timeout(60_000);

  it("opens and subscribes all the same, says once that Kafka is away, rejects a publish, and closes", async () => {
    const { log, messages } = keptLog();
    const bus = await kafkaBus({ brokers: ["127.0.0.1:1"], clientId: "till-test", log });
    await bus.subscribe({ group: "g", topics: ["order.events"], onBatch: () => Promise.resolve() });
    const rejection = await bus.publish([aRecord()]).catch((error: unknown) => error);
    expect(rejection).to.be.instanceOf(Error);
    expect(await bus.lag("g", ["order.events"]).catch((error: unknown) => error)).to.be.instanceOf(Error);
    await eventually("it is logged", () => messages.length > 0);
    await bus.close();
    expect(messages).to.deep.equal(["consuming from Kafka failed; trying again until it works"]);
  });
});
