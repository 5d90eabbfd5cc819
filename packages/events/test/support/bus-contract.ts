import { expect } from "chai";
import { randomUUID } from "node:crypto";
import type { Bus, EventRecord } from "../../src/bus.ts";
import { aRecord } from "./events.ts";
import { eventually } from "./eventually.ts";

/** What every bus promises. */
export function busContract(openBus: () => Promise<Bus>): void {
  let bus: Bus;
  let topic: string;
  let group: string;

  beforeEach(async () => {
    bus = await openBus();
    topic = `test-${randomUUID()}`;
    group = `test-${randomUUID()}`;
  });
  afterEach(() => bus.close());

  /** Subscribes and keeps what comes. */
  async function listen(options: { group?: string; topics?: string[]; fail?: () => boolean } = {}) {
    const received: EventRecord[] = [];
    const subscription = await bus.subscribe({
      group: options.group ?? group,
      topics: options.topics ?? [topic],
      onBatch(records) {
        if (options.fail?.()) return Promise.reject(new Error("not now"));
        received.push(...records);
        return Promise.resolve();
      },
    });
    return { received, subscription };
  }

  const numbered = (count: number, key = "one") =>
    Array.from({ length: count }, (_, index) => aRecord({ topic, subject: key, dataVersion: index + 1 }));
  const versions = (records: readonly EventRecord[]) =>
    records.map(({ headers }) => Number(headers.ce_dataversion));

  it("carries a record with its key, headers and body untouched", async () => {
    const { received } = await listen();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const record = aRecord({ topic, traceparent, data: `{"amount":99.90, "name":"Zoë 🎓\\u0000"}` });
    await bus.publish([record]);
    await eventually("the record has come", () => received.length > 0);
    expect(received).to.deep.equal([record]);
  });

  it("keeps one key's records in order, over many publishes", async () => {
    const { received } = await listen();
    const records = numbered(60);
    for (let index = 0; index < 60; index += 20) await bus.publish(records.slice(index, index + 20));
    await eventually("all have come", () => received.length >= 60);
    expect(versions(received)).to.deep.equal(versions(records));
  });

  it("carries more in one publish than a broker takes in one batch", async () => {
    const { received } = await listen();
    const data = JSON.stringify({ text: "x".repeat(3_000) });
    await bus.publish(numbered(700).map((record) => ({ ...record, value: data })));
    await eventually("all have come", () => received.length >= 700);
    expect(versions(received)).to.deep.equal(versions(numbered(700)));
    expect(received.every(({ value }) => value === data)).to.equal(true);
  });

  it("gives every group every record", async () => {
    const one = await listen();
    const other = await listen({ group: `${group}-other` });
    await bus.publish(numbered(3));
    await eventually("both have them", () => one.received.length >= 3 && other.received.length >= 3);
    expect(versions(one.received)).to.deep.equal([1, 2, 3]);
    expect(versions(other.received)).to.deep.equal([1, 2, 3]);
  });

  it("gives a group only the topics it subscribed to", async () => {
    const other = `${topic}-other`;
    const { received } = await listen({ topics: [other] });
    await bus.publish([aRecord({ topic }), aRecord({ topic: other }), aRecord({ topic })]);
    await bus.publish([aRecord({ topic: other })]);
    await eventually("its two have come", () => received.length >= 2);
    expect(received.map((record) => record.topic)).to.deep.equal([other, other]);
  });

  it("brings the same records again while a group does not take them, and skips none", async () => {
    let failures = 0;
    const { received } = await listen({ fail: () => failures++ < 3 });
    const published = [bus.publish(numbered(5)), bus.publish(numbered(7).slice(5))];
    await eventually("all have come", () => received.length >= 7);
    await Promise.all(published);
    expect(failures).to.be.greaterThan(3);
    expect(versions(received)).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
  });

  it("does not let a group that fails keep the others from their records", async () => {
    let broken = true;
    const failing = await listen({ fail: () => broken });
    const healthy = await listen({ group: `${group}-healthy` });
    const published = bus.publish(numbered(2));
    await eventually("the healthy group has them", () => healthy.received.length >= 2);
    expect(failing.received).to.deep.equal([]);
    broken = false;
    await published;
    await eventually("the other has them too", () => failing.received.length >= 2);
  });

  it("keeps what comes while a group has no subscriber for its next one", async () => {
    const first = await listen();
    await bus.publish(numbered(1));
    await eventually("the first has it", () => first.received.length === 1);
    await first.subscription.close();
    const published = bus.publish(numbered(3).slice(1));
    const second = await listen();
    await published;
    await eventually("the second has the rest", () => second.received.length >= 2);
    expect(versions(second.received)).to.deep.equal([2, 3]);
    expect(versions(first.received)).to.deep.equal([1]);
  });

  it("ends a subscription only when the batch in hand is finished", async () => {
    const handled = Promise.withResolvers<void>();
    let began = false;
    let ended = false;
    const subscription = await bus.subscribe({
      group,
      topics: [topic],
      async onBatch() {
        began = true;
        await handled.promise;
        ended = true;
      },
    });
    const published = bus.publish(numbered(1));
    await eventually("the batch has begun", () => began);
    const closed = subscription.close();
    handled.resolve();
    await closed;
    expect(ended).to.equal(true);
    await published;
  });

  it("publishes nothing where nothing is given, and rejects a publish once it is closed", async () => {
    await bus.publish([]);
    await bus.close();
    const rejection = await bus.publish(numbered(1)).catch((error: unknown) => error);
    expect(rejection).to.have.property("name", "BusClosed");
  });
}
