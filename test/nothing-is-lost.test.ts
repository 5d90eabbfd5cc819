import { Code, ConnectError } from "@connectrpc/connect";
import { createTill } from "@till/client";
import { expect } from "chai";
import { reasonOf } from "@till/rpc/errors";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "./support/eventually.ts";
import { newCourse, newUser, courseLine } from "./support/fixtures.ts";
import { startCluster, type Cluster } from "./support/cluster.ts";

describe("Nothing is lost when a part goes away", () => {
  let cluster: Cluster;
  before(async function () {
    this.timeout(120_000);
    // One user places thousands of orders here, and all pay with one card.
    const env = { TILL_MAX_UNPAID_ORDERS: "1000000", TILL_MAX_ATTEMPTS_PER_CARD_HOUR: "10000" };
    cluster = await startCluster({ env });
  });
  after(function () {
    this.timeout(120_000);
    return cluster?.stop();
  });

  const someItems = () => [courseLine(newCourse())];
  let number = 0;
  const place = async (client: ReturnType<Cluster["ordersAs"]>) => {
    number += 1;
    const request = { items: someItems(), idempotencyKey: `n-${number}` };
    const { order } = await client.createOrder(request, { timeoutMs: 15_000 });
    return order!.id;
  };
  type Topic = Awaited<ReturnType<Cluster["listen"]>>;
  const createdIds = (topic: Topic) =>
    topic.records.filter(({ headers }) => headers.ce_type === "order.created").map(({ key }) => key);

  it("an order service killed right after its commits: every event is on Kafka after the restart, once an event id", async () => {
    const topic = await cluster.listen("order.events");
    await cluster.orders[1].stop();
    const victim = cluster.orders[0];
    const placed: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const client = cluster.orderReplicaAs(victim, newUser());
      await eventually(async () => placed.push(await place(client)));
      const calls = Array.from({ length: 40 }, () => place(client).then((id) => placed.push(id)));
      // Killed in the middle of the batch: as soon as the first call was answered, so its commit is just done.
      await Promise.race(calls);
      await victim.kill();
      await Promise.allSettled(calls);
      await victim.start();
    }
    await cluster.orders[1].start();
    await eventually(() => expect(createdIds(topic)).to.include.members(placed), { timeoutMs: 60_000 });
    const byEventId = new Map(
      topic.records.map(({ key, headers }) => [headers.ce_id, `${key} ${headers.ce_type}`]),
    );
    const distinct = [...byEventId.values()].filter((event) => event.endsWith("order.created"));
    expect(new Set(distinct).size, "two event ids for one order.created").to.equal(distinct.length);
    const rows = await cluster.rows("till_order", "SELECT id FROM orders WHERE id = ANY($1)", [placed]);
    expect(rows).to.have.lengthOf(placed.length);
    await topic.close();
  }).timeout(240_000);

  it("Kafka stopped under load: orders are taken all the while, and the backlog comes out in order", async () => {
    const topic = await cluster.listen("order.events");
    const client = cluster.ordersAs(newUser());
    const placed: string[] = [];
    const loadUntil = async (endAt: number) => {
      while (Date.now() < endAt)
        placed.push(...(await Promise.all(Array.from({ length: 8 }, () => place(client)))));
    };
    await loadUntil(Date.now() + 1000);
    await cluster.stack.kafka.stop();
    const before = placed.length;
    await loadUntil(Date.now() + 30_000);
    expect(placed.length, "orders while Kafka was away").to.be.greaterThan(before + 100);
    await cluster.stack.kafka.start();
    await loadUntil(Date.now() + 1000);
    const missing = () => {
      const created = new Set(createdIds(topic));
      return placed.filter((id) => !created.has(id));
    };
    await eventually(() => expect(missing()).to.deep.equal([]), { timeoutMs: 120_000, everyMs: 100 });
    // The relay deletes its rows once Kafka has the events, and then the test has them already.
    await eventually(async () => expect(await outboxSize()).to.equal(0));
    const versions = new Map<string, number>();
    for (const { key, headers } of topic.records) {
      const version = Number(headers.ce_dataversion);
      expect(version, `order ${key}`).to.be.at.least(versions.get(key) ?? 0);
      versions.set(key, version);
    }
    await topic.close();
  }).timeout(300_000);

  it("Redis stopped: no error, and no call that waits for it", async () => {
    await cluster.stack.redis.stop();
    const client = cluster.ordersAs(newUser());
    for (let call = 0; call < 200; call += 1) {
      const cold = cluster.ordersAs(newUser(), "user");
      await cold.createOrder({ items: someItems(), idempotencyKey: "cold" }, { timeoutMs: 10_000 });
    }
    await place(client);
    await cluster.stack.redis.start();
    await place(client);
  }).timeout(120_000);

  it("Postgres restarted: the processes live, calls fail UNAVAILABLE, and then work again by themselves", async () => {
    const client = cluster.ordersAs(newUser());
    const failures = new Set<string>();
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        try {
          await place(client);
        } catch (error) {
          if (!(error instanceof ConnectError)) throw error;
          failures.add(`${Code[error.code]} ${reasonOf(error)}`);
          await delay(50);
        }
      }
    })();
    await cluster.stack.postgres.stop();
    await eventually(() => expect(failures.size).to.be.greaterThan(0), { timeoutMs: 60_000 });
    await cluster.stack.postgres.start();
    const recovered = await eventually(() => place(client), { timeoutMs: 60_000 });
    isOver = true;
    await load;
    expect([...failures]).to.deep.equal(["Unavailable UPSTREAM_UNAVAILABLE"]);
    expect([...cluster.orders, ...cluster.payments].every((service) => service.isRunning())).to.equal(true);
    const topic = await cluster.listen("order.events");
    await eventually(() => expect(createdIds(topic)).to.include(recovered), {
      timeoutMs: 60_000,
      everyMs: 100,
    });
    await topic.close();
  }).timeout(240_000);

  it("a service that is stopped finishes what it has in hand and exits cleanly", async () => {
    const client = cluster.orderReplicaAs(cluster.orders[0], newUser());
    const calls = Array.from({ length: 50 }, () => place(client));
    await Promise.race(calls);
    const [code, ...results] = await Promise.all([
      cluster.orders[0].stop(),
      ...calls.map((call) => call.catch(String)),
    ]);
    expect(code).to.equal(0);
    expect(results.filter((result) => /Internal|Unknown/i.test(result))).to.deep.equal([]);
    await cluster.orders[0].start();
  }).timeout(90_000);

  it("replicas restarted one after the other under load: no call of @till/client fails, and each watch sees its order paid", async () => {
    const addressOf = (replicas: Cluster["orders"]) => replicas.map(({ address }) => address).join(",");
    const [orderAddress, paymentAddress] = [addressOf(cluster.orders), addressOf(cluster.payments)];
    const failures: unknown[] = [];
    let [isOver, bought] = [false, 0];

    async function buyOne(): Promise<void> {
      const till = createTill({ orderAddress, paymentAddress, token: await cluster.token(newUser()) });
      try {
        const { id: orderId, total: amount } = await till.orders.create({
          items: [{ courseId: newCourse() }],
        });
        // In flight for a second, and so while the replica that has it stops.
        await till.payments.process({ orderId, amount, paymentToken: "tok_slow" });
        for await (const { status } of till.orders.watch(orderId, { until: ["PAID"], timeoutMs: 60_000 }))
          if (status === "PAID") bought++;
      } catch (error) {
        failures.push(error);
      } finally {
        till.close();
      }
    }
    const buyers = Array.from({ length: 8 }, async () => {
      while (!isOver) await buyOne();
    });
    for (const replica of [...cluster.orders, ...cluster.payments]) {
      const before = bought;
      await eventually(() => expect(bought).to.be.greaterThan(before), { timeoutMs: 60_000 });
      expect(await replica.stop()).to.equal(0);
      await replica.start();
    }
    isOver = true;
    await Promise.all(buyers);
    expect(failures).to.deep.equal([]);
  }).timeout(240_000);

  async function outboxSize(): Promise<unknown> {
    const [row] = await cluster.rows("till_order", "SELECT count(*)::int AS size FROM outbox");
    return row?.size;
  }
});
