import { expect } from "chai";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "./support/eventually.ts";
import { course, newUser, eur, courseLine } from "./support/fixtures.ts";
import { startCluster, type Cluster } from "./support/cluster.ts";

describe("An order is charged once, across replicas", function () {
  this.timeout(120_000);
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ env: { TILL_PSP_TIMEOUT_MS: "1500" } });
  });
  after(() => cluster?.stop());

  const amount = eur(49);
  const card = (value: string) => ({ case: "paymentToken" as const, value });

  async function place(user: string): Promise<string> {
    const items = [courseLine(course)];
    const { order } = await cluster.ordersAs(user).createOrder({ items, idempotencyKey: "order" });
    return order!.id;
  }
  async function untilPaid(user: string, orderId: string): Promise<void> {
    const client = cluster.ordersAs(user);
    await eventually(
      async () => {
        const { order } = await client.getOrder({ orderId });
        expect(OrderStatus[order!.status]).to.equal("PAID");
      },
      { timeoutMs: 60_000 },
    );
  }

  it("takes an order from CreateOrder to PAID, and its history tells the story in order", async () => {
    const user = newUser();
    const orderId = await place(user);
    await cluster
      .paymentsAs(user)
      .processPayment({ orderId, amount, method: card("tok_approve"), idempotencyKey: "pay" });
    await untilPaid(user, orderId);
    const { events } = await cluster.ordersAs(user).listOrderEvents({ orderId });
    expect(events.map(({ type }) => type)).to.deep.equal([
      "ORDER_CREATED",
      "PAYMENT_REQUESTED",
      "PAYMENT_SUCCEEDED",
    ]);
    expect((await cluster.ledger(orderId)).map(({ type, amount }) => ({ type, amount }))).to.deep.equal([
      { type: "charge", amount: 4900 },
    ]);
  });

  it("when two payments with different keys come at once", async () => {
    for (let round = 0; round < 10; round += 1) {
      const user = newUser();
      const client = cluster.paymentsAs(user);
      const orderId = await place(user);
      const pay = (idempotencyKey: string) =>
        client.processPayment({ orderId, amount, method: card("tok_approve"), idempotencyKey });
      const results = await Promise.allSettled([pay(`a-${round}`), pay(`b-${round}`)]);
      const rejected = results.flatMap((result) =>
        result.status === "rejected" ? [reasonOf(result.reason)] : [],
      );
      expect(rejected).to.have.lengthOf(1);
      expect(rejected[0]).to.be.oneOf(["PAYMENT_IN_PROGRESS", "ORDER_NOT_PAYABLE"]);
      expect(await cluster.ledger(orderId)).to.have.lengthOf(1);
      await untilPaid(user, orderId);
    }
  });

  it("when the provider charges and its result is lost, and the client repeats with the same key", async () => {
    const user = newUser();
    const orderId = await place(user);
    const request = { orderId, amount, method: card("tok_timeout_after_charge"), idempotencyKey: "pay" };
    // Our client repeats what fails UNAVAILABLE by itself, and PAYMENT_UNKNOWN does.
    const pay = () => cluster.paymentsAs(user).processPayment(request);
    await eventually(async () => expect((await pay()).payment?.transactionId).to.match(/^ch_/), {
      timeoutMs: 60_000,
    });
    const history = await cluster.rows(
      "till_payment",
      "SELECT e.type FROM payment p JOIN payment_event e ON e.payment_id = p.id WHERE p.order_id = $1",
      [orderId],
    );
    expect(history.map(({ type }) => type)).to.include("PROVIDER_UNKNOWN");
    await untilPaid(user, orderId);
    expect(await cluster.ledger(orderId)).to.have.lengthOf(1);
  });

  it("when the payment service is killed while the provider works on it", async () => {
    const user = newUser();
    const orderId = await place(user);
    const paying = cluster
      .paymentsAs(user)
      .processPayment({ orderId, amount, method: card("tok_slow"), idempotencyKey: "pay" })
      .catch((error: unknown) => error);
    await eventually(async () => {
      const [row] = await cluster.rows("till_payment", "SELECT 1 AS found FROM payment WHERE order_id = $1", [
        orderId,
      ]);
      expect(row?.found).to.equal(1);
    });
    await Promise.all(cluster.payments.map((service) => service.kill()));
    await paying;
    await Promise.all(cluster.payments.map((service) => service.start()));
    const again = () =>
      cluster
        .paymentsAs(user)
        .processPayment({ orderId, amount, method: card("tok_slow"), idempotencyKey: "pay" });
    await eventually(async () => expect((await again()).payment?.transactionId).to.match(/^ch_/), {
      timeoutMs: 60_000,
    });
    await untilPaid(user, orderId);
    expect(await cluster.ledger(orderId)).to.have.lengthOf(1);
  }).timeout(180_000);
});
