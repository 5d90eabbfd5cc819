import { expect } from "chai";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { ConnectError } from "@connectrpc/connect";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "./support/eventually.ts";
import { newUser, eur, courseLine, sessionLine, productLine } from "./support/fixtures.ts";
import { startCluster, type Cluster } from "./support/cluster.ts";

const rounds = 500;
const atOnce = 10;
/** How long a payment takes on this machine, measured on the last one: cancellations come before, during and after it. */
let paymentMs = 50;
const amount = eur(30);
const product = "018f0000-0000-7000-d000-00000000cafe";
const sessions = Array.from({ length: 10 }, (_, n) => `018f0000-0000-7000-b000-00000000000${n}`);

type Ended = { readonly orderId: string; readonly user: string };

describe("An order that is cancelled while it is paid", () => {
  let cluster: Cluster;
  let admin: ReturnType<Cluster["ordersAs"]>;
  before(async function () {
    this.timeout(120_000);
    // A buyer's cancellation comes too late once the order is paid; an admin's never does.
    cluster = await startCluster({ env: { TILL_CANCEL_AFTER_PAID: "off" } });
    admin = cluster.ordersAs(newUser(), "admin");
  });
  after(function () {
    this.timeout(120_000);
    return cluster?.stop();
  });

  /** A course, a seat and goods: whatever becomes of the order, all three have to follow. */
  async function race(round: number): Promise<Ended> {
    const user = newUser();
    const orders = cluster.ordersAs(user);
    const { order } = await orders.createOrder({
      items: [
        courseLine("018f0000-0000-7000-a000-000000000001"),
        sessionLine(sessions[round % sessions.length]!),
        productLine(product),
      ],
      shippingAddress: { regionCode: "DE", addressLines: ["Kastanienallee 1"], locality: "Berlin" },
      idempotencyKey: "order",
    });
    const orderId = order!.id;
    const method = { case: "paymentToken" as const, value: "tok_approve" };
    const paying = cluster
      .paymentsAs(user)
      .processPayment({ orderId, amount, method, idempotencyKey: "pay" });
    const startedAt = performance.now();
    paying.then(
      () => (paymentMs = Math.min(performance.now() - startedAt, 1_000)),
      () => undefined, // looked at below
    );
    await delay(Math.random() * 2 * paymentMs);
    const canceller = round % 2 === 0 ? orders : admin;
    const cancelling = canceller.cancelOrder({
      orderId,
      idempotencyKey: `cancel-${round}`,
      reason: "changed my mind",
    });
    for (const outcome of await Promise.allSettled([paying, cancelling])) {
      if (outcome.status === "rejected" && !(outcome.reason instanceof ConnectError)) throw outcome.reason;
    }
    return { orderId, user };
  }

  it(`ends PAID, or cancelled and refunded: ${rounds} times`, async function () {
    this.timeout(600_000);
    const ended: Ended[] = [];
    for (let round = 0; round < rounds; round += atOnce) {
      const lot = Array.from({ length: atOnce }, (_, index) => race(round + index));
      ended.push(...(await Promise.all(lot)));
    }

    const outcomes = await Promise.all(
      ended.map(({ orderId }) =>
        eventually(
          async () => {
            const { order } = await admin.getOrder({ orderId });
            const entries = await cluster.ledger(orderId);
            const sum = (type: string) =>
              entries
                .filter((entry) => entry.type === type)
                .reduce((total, entry) => total + entry.amount, 0);
            const status = OrderStatus[order!.status];
            const kept = sum("charge") - sum("refund");
            expect(`${status} with ${kept}`).to.be.oneOf([
              "PAID with 3000",
              "CANCELLED with 0",
              "REFUNDED with 0",
            ]);
            return { status, charged: sum("charge") };
          },
          { timeoutMs: 120_000 },
        ),
      ),
    );

    const paid = outcomes.filter(({ status }) => status === "PAID").length;
    const refunded = outcomes.filter(({ status, charged }) => status !== "PAID" && charged > 0).length;
    console.log(
      `      ${paid} paid, ${refunded} paid and refunded, ${rounds - paid - refunded} never charged`,
    );
    expect(paid, "payments that came first").to.be.greaterThan(0);
    expect(refunded, "refunded payments").to.be.greaterThan(0);

    await eventually(
      async () => {
        const [stock] = await cluster.stock(product);
        expect(stock).to.include({ reserved: 0, committed: paid });
        const taken = "SELECT sum(taken)::int AS taken FROM session_seats";
        expect(await cluster.rows("till_order", taken)).to.deep.equal([{ taken: paid }]);
      },
      { timeoutMs: 60_000 },
    );
  });
});
