import { OrderStatus as Proto } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { newUser, paymentService } from "../../../test/support/fixtures.ts";
import { type OrderStatus, statuses } from "../src/rules/order.ts";
import { transitions } from "../src/rules/transitions.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { insertOrderIn, type StoredOrder } from "./support/insert-order.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

type Role = "user" | "admin" | "service";
type Client = ReturnType<OrderEnvironment["as"]>;
type Answer = { readonly order?: { readonly status: Proto; readonly version: bigint } | undefined };

/** Every RPC that moves an order, and the status it moves to. */
const commands: readonly {
  readonly rpc: string;
  readonly to: OrderStatus;
  readonly call: (client: Client, order: StoredOrder, user: string) => Promise<Answer>;
}[] = [
  { rpc: "CancelOrder", to: "CANCELLED", call: (client, { id }) => client.cancelOrder({ orderId: id }) },
  { rpc: "ExpireOrder", to: "CANCELLED", call: (client, { id }) => client.expireOrder({ orderId: id }) },
  {
    rpc: "RetryPayment",
    to: "PAYMENT_PENDING",
    call: (client, { id }) => client.retryPayment({ orderId: id }),
  },
  {
    rpc: "BeginPayment",
    to: "PAYMENT_PENDING",
    call: (client, { id }, userId) =>
      client.beginPayment({
        orderId: id,
        userId,
        paymentId: v7(),
        amount: { currencyCode: "EUR", units: 10n },
      }),
  },
  ...(["READY_TO_SHIP", "SHIPPED", "DELIVERED", "COMPLETED", "RETURNED"] as const).map((to) => ({
    rpc: "UpdateOrderStatus",
    to,
    call: (client: Client, { id }: StoredOrder) =>
      client.updateOrderStatus({ orderId: id, status: Proto[to] }),
  })),
  {
    rpc: "RequestRefund",
    to: "REFUND_REQUESTED",
    call: (client, { id }) => client.requestRefund({ orderId: id, reason: "broken" }),
  },
  {
    rpc: "ApproveRefund",
    to: "REFUND_PENDING",
    call: (client, { id }) => client.approveRefund({ orderId: id }),
  },
  { rpc: "CloseRefund", to: "PAID", call: (client, { id }) => client.closeRefund({ orderId: id }) },
];

/** The table's roles of a command, and whether it may move an order between two statuses. */
const callers = (rpc: string) =>
  new Set(transitions.filter(({ trigger }) => trigger === rpc).flatMap(({ actors }) => actors));
const leads = (rpc: string, role: Role, from: OrderStatus, to: OrderStatus) =>
  transitions.some(
    (one) => one.trigger === rpc && one.to === to && one.from.includes(from) && one.actors.includes(role),
  );

/** A command to the current status changes nothing, but for BeginPayment, which takes the slot. */
const isRepeat = (rpc: string, from: OrderStatus, to: OrderStatus) => from === to && rpc !== "CloseRefund";

/** Another payment and expiry wait for the outcome of the payment under way. */
const waitsForPayment = (rpc: string) =>
  rpc === "BeginPayment" || rpc === "RetryPayment" || rpc === "ExpireOrder";
const startingPoints: readonly { from: OrderStatus; inFlight: boolean }[] = [
  ...statuses.map((from) => ({ from, inFlight: false })),
  { from: "PAYMENT_PENDING", inFlight: true },
];

describe("The transitions of an order, by every command and role", () => {
  let environment: OrderEnvironment;
  // The workers do only what a commit makes due.
  before(async () => (environment = await startOrderEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  const clientOf = (role: Role, user: string) =>
    environment.as(role === "service" ? paymentService : user, role);
  const standing = async (id: string) => {
    const [row] = await environment.query(`SELECT status, version FROM orders WHERE id = $1`, [id]);
    return row as { status: OrderStatus; version: number };
  };

  for (const { from, inFlight } of startingPoints) {
    it(`from ${from}${inFlight ? " with a payment under way" : ""}`, async function () {
      this.timeout(60_000);
      for (const { rpc, to, call } of commands) {
        for (const role of ["user", "admin", "service"] as const) {
          const says = `${rpc} to ${to} by ${role} from ${from}`;
          const user = newUser();
          // Goods are shipped; only without them an order goes from PAID to COMPLETED, and from there to CANCELLED.
          const physical = from === "DELIVERED" || (to !== "COMPLETED" && from !== "COMPLETED");
          const order = await insertOrderIn(environment, user, from, { physical, inFlight });
          const attempt = call(clientOf(role, user), order, user);

          if (!callers(rpc).has(role)) {
            expect(reasonOf(await failureOf(attempt)), says).to.equal("PERMISSION_DENIED");
          } else if (inFlight && waitsForPayment(rpc)) {
            expect(reasonOf(await failureOf(attempt)), says).to.equal("PAYMENT_IN_PROGRESS");
          } else if (leads(rpc, role, from, to)) {
            const { order: after } = await attempt;
            expect(Proto[after!.status], says).to.equal(to);
            expect(after!.version, says).to.equal(2n);
            continue;
          } else if (isRepeat(rpc, from, to)) {
            const { order: after } = await attempt;
            expect(Proto[after!.status], says).to.equal(from);
            if (rpc === "BeginPayment") continue;
          } else if (rpc === "BeginPayment") {
            expect(reasonOf(await failureOf(attempt)), says).to.equal("ORDER_NOT_PAYABLE");
          } else {
            const { reason, metadata } = factsOf(await failureOf(attempt));
            expect(reason, says).to.equal("ILLEGAL_TRANSITION");
            const { actions } = await clientOf(role, user).explainOrder({ orderId: order.id });
            const open = actions.flatMap((action) => (action.allowed ? Proto[action.to] : []));
            const allowed = [...new Set(open)].join(",");
            expect(metadata, says).to.deep.equal({ from, to, allowed });
          }
          expect(await standing(order.id), `${says} writes nothing`).to.deep.equal({
            status: from,
            version: 1,
          });
        }
      }
    });
  }

  // These orders come from PAID, and have attempts left.
  const events: readonly { type: string; trigger: string; goals: readonly OrderStatus[] }[] = [
    { type: "payment.processed", trigger: "payment.processed", goals: ["PAID"] },
    { type: "payment.failed", trigger: "payment.failed", goals: ["PAYMENT_FAILED"] },
    { type: "payment.refunded", trigger: "payment.refunded, in full", goals: ["REFUNDED"] },
    { type: "payment.refund_failed", trigger: "payment.refund_failed", goals: ["PAID"] },
  ];

  for (const { type, trigger, goals } of events) {
    it(`${type} moves an order from the statuses in the table, and from no other`, async function () {
      this.timeout(60_000);
      for (const from of statuses) {
        const user = newUser();
        const captured = type === "payment.refunded";
        const { id, paymentId, refundId } = await insertOrderIn(environment, user, from, { captured });
        const failure = { failureCode: "insufficient_funds", failureReason: "no", retryable: true };
        const facts = { orderId: id, paymentId, userId: user, amount: 10, currency: "EUR" };
        const data = { ...facts, ...failure, orderRefundId: refundId };
        await environment.publish(type, id, data);
        const goal = transitions.find(
          (one) => one.trigger === trigger && one.from.includes(from) && goals.includes(one.to),
        );
        expect((await standing(id)).status, `${type} from ${from}`).to.equal(goal?.to ?? from);
      }
    });
  }
});
