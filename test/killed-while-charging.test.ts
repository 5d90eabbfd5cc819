import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { grpcTransport } from "@till/rpc/client";
import { setTimeout as delay } from "node:timers/promises";
import { eur, newCourse, newUser, courseLine } from "./support/fixtures.ts";
import { untilAgreed, type Parties } from "./support/agreement.ts";
import { startCluster, type Cluster } from "./support/cluster.ts";
import { eventually } from "./support/eventually.ts";
import { failureOf } from "./support/failure-of.ts";
import { openPspBlocker, type PspBlocker } from "./support/psp-blocker.ts";
import { openTcpProxy } from "./support/tcp-proxy.ts";

/** Where a payment is when the payment service is killed. */
type Moment =
  | "before the provider receives the charge"
  | "after the provider has charged"
  | "before the caller has the response";
type Caught = { readonly orderId: string; readonly userId: string };

const moments: readonly [Moment, Moment, Moment] = [
  "before the provider receives the charge",
  "after the provider has charged",
  "before the caller has the response",
];
/** After the charge, the provider sends neither a response nor a webhook. */
const tokenAt = (name: string) => (name.startsWith(moments[1]) ? "tok_timeout_after_charge" : "tok_approve");
const paid = { order: "PAID", captured: 1000, ledger: ["charge 1000"] };
const patience = { timeoutMs: 120_000, everyMs: 250 };

describe("A payment service that is killed (kill -9) while it charges", () => {
  let cluster: Cluster;
  let blocker: PspBlocker;
  let parties: Parties;
  const caught = new Map<string, Caught>();

  before(async function () {
    this.timeout(180_000);
    cluster = await startCluster({
      env: {
        TILL_PSP_TIMEOUT_MS: "5000",
        TILL_RESOLVE_AFTER_SECONDS: "1",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "2",
        // Longer than two killed processes take to start again on a busy machine: until then a repeat takes the charge up.
        TILL_GIVE_UP_SECONDS: "40",
      },
      pspVia: async (url) => (blocker = await openPspBlocker(url)).url,
    });
    parties = {
      orders: cluster.ordersAs(newUser(), "admin"),
      payments: cluster.paymentsAs(newUser(), "service"),
      ledger: (orderId) => cluster.ledger(orderId),
    };
    // One kill, with two payments at each of the moments.
    for (const moment of moments)
      for (const who of ["comes back", "stays away"]) caught.set(`${moment} ${who}`, await place());
    const calls = [...caught].map(([name, { orderId, userId }]) => {
      if (name.startsWith(moments[0])) blocker.shut(orderId, "before");
      if (name.startsWith(moments[2])) return payUnheard(orderId, userId);
      return pay(cluster.paymentsAs(userId), orderId, tokenAt(name)).catch(() => undefined);
    });
    await Promise.all([...caught].map(([name, { orderId }]) => untilAt(name, orderId)));
    await Promise.all(cluster.payments.map((service) => service.kill()));
    await Promise.all(calls);
    for (const { orderId } of caught.values()) blocker.shut(orderId, undefined);
    await Promise.all(cluster.payments.map((service) => service.start()));
  });
  after(async function () {
    this.timeout(120_000);
    await cluster?.stop();
    blocker?.close();
  });

  for (const moment of moments) {
    it(`${moment}: the caller repeats, and there is one charge`, async () => {
      const { orderId, userId } = caught.get(`${moment} comes back`)!;
      const client = cluster.paymentsAs(userId);
      const { payment, idempotentReplay } = await eventually(
        () => pay(client, orderId, tokenAt(moment)),
        patience,
      );
      expect([PaymentStatus[payment!.status], idempotentReplay]).to.deep.equal(["PROCESSED", true]);
      await untilAgreed(parties, orderId, { ...paid, payments: ["PROCESSED"] });
    }).timeout(180_000);
  }
  for (const moment of moments.slice(1)) {
    it(`${moment}: the client does not repeat, and the order is PAID`, async () => {
      const { orderId } = caught.get(`${moment} stays away`)!;
      await untilAgreed(parties, orderId, { ...paid, payments: ["PROCESSED"] }, 120_000);
    }).timeout(180_000);
  }
  it(`${moments[0]}: the client does not repeat, and the order can be paid again`, async () => {
    const { orderId, userId } = caught.get(`${moments[0]} stays away`)!;
    const failed = { order: "PAYMENT_FAILED", payments: ["FAILED"], ledger: [] };
    await untilAgreed(parties, orderId, failed, 120_000);
    await pay(cluster.paymentsAs(userId), orderId, "tok_approve", "again");
    await untilAgreed(parties, orderId, { ...paid, payments: ["FAILED", "PROCESSED"] });
  }).timeout(180_000);

  it("at any moment, five times: each order is charged once", async () => {
    const ends: Promise<unknown>[] = [];
    for (let round = 0; round < 5; round += 1) {
      const orders = await Promise.all(Array.from({ length: 10 }, place));
      const calls = orders.map(({ orderId, userId }) =>
        pay(cluster.paymentsAs(userId), orderId, "tok_50ms").catch(() => undefined),
      );
      await delay(Math.random() * 300);
      await Promise.all(cluster.payments.map((service) => service.kill()));
      await Promise.all(cluster.payments.map((service) => service.start()));
      await Promise.all(calls);
      // From here on recovery fails a payment that no client repeats.
      ends.push(...orders.map(paidInTheEnd));
    }
    await Promise.all(ends);
  }).timeout(400_000);

  async function paidInTheEnd({ orderId, userId }: Caught): Promise<void> {
    const client = cluster.paymentsAs(userId);
    let failed = 0;
    await eventually(async () => {
      const key = `pay${failed || ""}`;
      await pay(client, orderId, "tok_50ms", key).catch((error: unknown) => {
        // Given up while the processes started again: it is paid anew.
        if (ConnectError.from(error).code === Code.FailedPrecondition) failed += 1;
        throw error;
      });
    }, patience);
    await untilAgreed(parties, orderId, paid, 120_000);
  }

  async function place(): Promise<Caught> {
    const userId = newUser();
    const items = [courseLine(newCourse())];
    const { order } = await cluster.ordersAs(userId).createOrder({ items, idempotencyKey: "order" });
    return { orderId: order!.id, userId };
  }

  function pay(client: Client<typeof PaymentService>, orderId: string, token: string, key = "pay") {
    const method = { case: "paymentToken" as const, value: token };
    return client.processPayment({ orderId, amount: eur(10), method, idempotencyKey: `${key}-${orderId}` });
  }

  /** Pays over a connection that is dead in one direction: the response is sent and never arrives. */
  async function payUnheard(orderId: string, userId: string): Promise<void> {
    const line = await openTcpProxy(cluster.payments[0].address);
    const bearer = cluster.token(userId);
    const { address } = line;
    const transport = grpcTransport({ address, token: () => bearer, timeoutMs: 20_000, retries: false });
    const client = createClient(PaymentService, transport);
    await client.listPayments({ orderId });
    line.muteResponses();
    await failureOf(pay(client, orderId, "tok_approve"));
    transport.close();
    line.close();
  }

  /** Waits until a payment has come to the moment it is to be caught at. */
  function untilAt(name: string, orderId: string) {
    return eventually(
      async () => {
        if (name.startsWith(moments[0])) return blocker.stopped(orderId) > 0;
        const entries = await parties.ledger(orderId);
        if (name.startsWith(moments[1])) return entries.length > 0;
        const { payments } = await parties.payments.listPayments({ orderId });
        return payments.some(({ status }) => status === PaymentStatus.PROCESSED);
      },
      { timeoutMs: 30_000 },
    );
  }
});
