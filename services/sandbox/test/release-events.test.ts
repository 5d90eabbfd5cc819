import { localBus, type Bus, type EventRecord } from "@till/events/bus";
import { eventFromRecord } from "@till/events/consume";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { eventually } from "../../../test/support/eventually.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox } from "./support/sandbox-client.ts";
import { connectTo, freshProduct, notebook, reservation, type Upstreams } from "./support/upstream-client.ts";

const log = createLog({ service: "sandbox", level: "silent" });
const started = Date.UTC(2030, 0, 31, 12);

describe("inventory.stock_release_processed", () => {
  let bus: Bus;
  let sandbox: Sandbox;
  let service: Upstreams;
  let received: EventRecord[];
  let now: number;
  /** Runs before the bus publishes. */
  let beforePublish: () => Promise<void>;

  beforeEach(async () => {
    [received, now, beforePublish] = [[], started, () => Promise.resolve()];
    const local = localBus({ log });
    await local.subscribe({
      group: "orders",
      topics: ["inventory.events"],
      onBatch: (records) => Promise.resolve(void received.push(...records)),
    });
    bus = {
      ...local,
      publish: async (records) => {
        await beforePublish();
        await local.publish(records);
      },
    };
    sandbox = await startTestSandbox({ bus, now: () => now });
    service = await connectTo(sandbox);
  });

  afterEach(async () => {
    service.close();
    await sandbox.close();
    await bus.close();
  });

  async function reserve(lines = [{ productId: notebook, quantity: 2 }]): Promise<string> {
    const request = reservation({ lines, expiresAt: now + 60_000 });
    await service.inventory.reserve(request);
    return request.orderId;
  }

  const release = (orderId: string) => service.inventory.release({ orderId });

  it("is published with the released lines after they are available again", async () => {
    const lines = [notebook, freshProduct()].map((productId) => ({ productId, quantity: 3 }));
    const orderId = await reserve(lines);
    await release(orderId);
    await eventually(() => received.length > 0);
    const record = received[0]!;
    expect([record.topic, record.key]).to.eql(["inventory.events", orderId]);
    const { id, traceparent, json, ...event } = eventFromRecord(record);
    expect(JSON.parse(json)).to.eql(event.data);
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(traceparent).to.match(/^00-/);
    expect(event).to.eql({
      type: "inventory.stock_release_processed",
      source: "till-sandbox/inventory",
      subject: orderId,
      dataVersion: 1,
      time: new Date(started),
      data: { orderId, releasedAt: "2030-01-31T12:00:00.000Z", lines },
    });
  });

  it("is published again with the same id when a release is repeated", async () => {
    const orderId = await reserve();
    await service.inventory.commit({ orderId });
    await release(orderId);
    await eventually(() => received.length === 1);
    now += 5_000;
    await release(orderId);
    await eventually(() => received.length === 2);
    expect(received.map(({ headers }) => headers.ce_id)).to.eql([
      received[0]?.headers.ce_id,
      received[0]?.headers.ce_id,
    ]);
    expect(received[1]?.value).to.equal(received[0]?.value);
  });

  it("has the time of expiry where the reservation had expired before Release", async () => {
    const orderId = await reserve();
    now += 3_600_000;
    await release(orderId);
    await eventually(() => received.length > 0);
    const record = received[0]!;
    expect(eventFromRecord(record).data).to.include({ orderId, releasedAt: "2030-01-31T12:01:00.000Z" });
  });

  it("is not published for an order without a reservation", async () => {
    await release(randomUUID());
    const orderId = await reserve();
    await release(orderId);
    await eventually(() => received.length > 0);
    expect(received.map(({ key }) => key)).to.eql([orderId]);
  });

  it("does not delay Release while the bus is unavailable, and is published afterwards", async () => {
    beforePublish = () => Promise.reject(new Error("no broker"));
    const orders = await Promise.all(Array.from({ length: 50 }, () => reserve()));
    await Promise.all(orders.map(release));
    await Promise.all(orders.map(release));
    expect(received).to.eql([]);
    beforePublish = () => Promise.resolve();
    await eventually(() => received.length >= 50);
    expect(received.map(({ key }) => key)).to.have.members(orders);
  });

  it("does not keep the sandbox from stopping while the bus hangs", async () => {
    beforePublish = () => new Promise(() => undefined);
    const other = await startTestSandbox({ bus });
    const client = await connectTo(other);
    const request = reservation();
    await client.inventory.reserve(request);
    await client.inventory.release({ orderId: request.orderId });
    client.close();
    await other.close();
  });
});
