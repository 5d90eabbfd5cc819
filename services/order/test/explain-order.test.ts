import { ConnectError } from "@connectrpc/connect";
import { OrderStatus as Proto } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo, newUser, paymentService } from "../../../test/support/fixtures.ts";
import { routes } from "../src/routes.ts";
import { actions } from "../src/rules/order-actions.ts";
import { statuses } from "../src/rules/order.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { insertOrderIn, type StoredOrder } from "./support/insert-order.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

type Role = "user" | "admin" | "service";

describe("ExplainOrder", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  const clientOf = (role: Role, user: string) =>
    environment.as(role === "user" ? user : paymentService, role);
  const explain = (role: Role, user: string, orderId: string) =>
    clientOf(role, user).explainOrder({ orderId });
  const open = async (role: Role, user: string, orderId: string) => {
    const answer = await explain(role, user, orderId);
    return answer.actions.flatMap(({ rpc, to, allowed }) => (allowed ? `${rpc}>${Proto[to]}` : []));
  };

  it("lists the allowed actions of the user, an admin and a service on a new order", async () => {
    const user = newUser();
    const { id } = await insertOrderIn(environment, user, "CREATED");
    expect(await open("user", user, id)).to.deep.equal([
      "ProcessPayment>PAYMENT_PENDING",
      "CancelOrder>CANCELLED",
    ]);
    expect(await open("admin", user, id)).to.deep.equal(["CancelOrder>CANCELLED", "ExpireOrder>CANCELLED"]);
    expect(await open("service", user, id)).to.deep.equal([
      "ProcessPayment>PAYMENT_PENDING",
      "ExpireOrder>CANCELLED",
    ]);
  });

  it("gives the reason of each action that is not allowed", async () => {
    const user = newUser();
    const { id } = await insertOrderIn(environment, user, "CANCELLED");
    const { order, actions: all } = await explain("user", user, id);
    expect(order?.id).to.equal(id);
    const reasons = Object.fromEntries(all.map(({ rpc, reason }) => [rpc, reason]));
    expect(reasons).to.deep.equal({
      ProcessPayment: "ORDER_NOT_PAYABLE",
      RetryPayment: "ILLEGAL_TRANSITION",
      CancelOrder: "NO_CHANGE",
      ExpireOrder: "PERMISSION_DENIED",
      UpdateOrderStatus: "PERMISSION_DENIED",
      RequestRefund: "ILLEGAL_TRANSITION",
      ApproveRefund: "PERMISSION_DENIED",
      RejectRefund: "PERMISSION_DENIED",
      CloseRefund: "ILLEGAL_TRANSITION",
    });
    expect(all.filter(({ message }) => message === "")).to.deep.equal([]);
  });

  it("gives the status that CloseRefund returns the order to", async () => {
    const user = newUser();
    const { id } = await insertOrderIn(environment, user, "REFUND_REQUESTED");
    expect(await open("user", user, id)).to.deep.equal(["CloseRefund>PAID"]);
    expect(await open("admin", user, id)).to.deep.equal([
      "ApproveRefund>REFUND_PENDING",
      "RejectRefund>REFUND_REQUESTED",
      "CloseRefund>PAID",
    ]);
  });

  it("follows the deployment's policies", async () => {
    const strict = await startOrderEnvironment({
      env: { TILL_CANCEL_AFTER_PAID: "off", ...withoutRecovery },
    });
    const user = newUser();
    const { id } = await insertOrderIn(strict, user, "PAID");
    const ask = async (client: ReturnType<OrderEnvironment["as"]>) =>
      (await client.explainOrder({ orderId: id })).actions.find(({ rpc }) => rpc === "CancelOrder");
    expect(await ask(strict.as(user))).to.include({ allowed: false, reason: "ILLEGAL_TRANSITION" });
    expect(await ask(strict.as(bo, "admin"))).to.include({ allowed: true, reason: "" });
    await strict.stop();
  });

  it("rejects another user's order", async () => {
    const { id } = await insertOrderIn(environment, ada, "CREATED");
    for (const orderId of [id, v7()]) {
      expect(reasonOf(await failureOf(environment.as(bo).explainOrder({ orderId })))).to.equal(
        "ORDER_NOT_FOUND",
      );
    }
  });

  it("knows the same roles as the RPCs do", () => {
    const [orders] = routes({ policies: {} } as Parameters<typeof routes>[0]);
    for (const { rpc, roles } of actions) {
      const name = `${rpc[0]!.toLowerCase()}${rpc.slice(1)}`;
      if (rpc === "ProcessPayment") continue; // the payment service's
      expect(orders!.rpcs[name]?.policy, rpc).to.have.members([...roles]);
    }
  });

  describe("is right about every status:", () => {
    for (const from of statuses) {
      it(`in ${from} an allowed action succeeds, another is rejected with the explained reason and the allowed ones`, async function () {
        this.timeout(60_000);
        for (const role of ["user", "admin", "service"] as const) {
          for (const [index, { rpc }] of actions.entries()) {
            if (rpc === "ProcessPayment") continue;
            const user = newUser();
            const order = await insertOrderIn(environment, user, from);
            const { actions: explained } = await explain(role, user, order.id);
            const { allowed, reason, to } = explained[index]!;
            const { outcome, metadata } = await attempt(clientOf(role, user), rpc, to, order);
            const expected = allowed ? "done" : reason === "NO_CHANGE" ? "unchanged" : reason;
            const says = `${rpc} to ${Proto[to]} by ${role} in ${from}`;
            expect(outcome, says).to.equal(expected);
            if (outcome !== "ILLEGAL_TRANSITION") continue;
            const open = explained.flatMap((one) => (one.allowed ? Proto[one.to] : []));
            expect(metadata?.allowed, says).to.equal([...new Set(open)].join(","));
          }
        }
      });
    }

    async function attempt(
      client: ReturnType<OrderEnvironment["as"]>,
      rpc: string,
      status: Proto,
      order: StoredOrder,
    ) {
      const orderId = order.id;
      const reason = "because";
      const calls: Record<string, () => Promise<{ order?: { version: bigint } | undefined }>> = {
        RetryPayment: () => client.retryPayment({ orderId }),
        CancelOrder: () => client.cancelOrder({ orderId }),
        ExpireOrder: () => client.expireOrder({ orderId }),
        UpdateOrderStatus: () => client.updateOrderStatus({ orderId, status }),
        RequestRefund: () => client.requestRefund({ orderId, reason }),
        ApproveRefund: () => client.approveRefund({ orderId }),
        RejectRefund: () => client.rejectRefund({ orderId, reason }),
        CloseRefund: () => client.closeRefund({ orderId }),
      };
      try {
        const { order: after } = await calls[rpc]!();
        return { outcome: after!.version > order.version ? "done" : "unchanged" };
      } catch (error) {
        if (!(error instanceof ConnectError)) throw error;
        const { reason: outcome, metadata } = factsOf(error);
        return { outcome, metadata };
      }
    }
  });
});
