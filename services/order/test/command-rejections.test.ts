import { Code } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import { eur, newUser } from "../../../test/support/fixtures.ts";
import { clientOf, commands } from "./support/commands.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
} from "./support/purchases.ts";

describe("Rejected commands write nothing", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  const inputs: readonly [name: string, ask: object, reason?: string][] = [
    ["no order", { orderId: "" }],
    ["an order id that is none", { orderId: "1' OR '1'='1" }],
    ["an order id with a NUL", { orderId: "\0" }],
    ["a key with a NUL", { idempotencyKey: "a\0b" }, "IDEMPOTENCY_KEY_INVALID"],
    ["a key with a space", { idempotencyKey: "a b" }, "IDEMPOTENCY_KEY_INVALID"],
    ["a key of 256 characters", { idempotencyKey: "k".repeat(256) }, "IDEMPOTENCY_KEY_INVALID"],
  ];
  const takeReason = ["CancelOrder", "UpdateOrderStatus", "RequestRefund", "RejectRefund", "CloseRefund"];
  const reasons: typeof inputs = [
    ["a reason with a NUL", { reason: "a\0b" }],
    ["a reason of 501 characters", { reason: "x".repeat(501) }],
  ];
  const moreFor: Readonly<Record<string, typeof inputs>> = {
    RequestRefund: [["no reason", { reason: "" }]],
    RejectRefund: [["no reason", { reason: "" }]],
    UpdateOrderStatus: [
      ["no status", { status: OrderStatus.UNSPECIFIED }],
      ["a status that is none", { status: 99 }],
      ["PAID, which money alone brings", { status: OrderStatus.PAID }],
      ["REFUNDED, which money alone brings", { status: OrderStatus.REFUNDED }],
      ["CANCELLED, which has its own command", { status: OrderStatus.CANCELLED }],
      ["a carrier where nothing is shipped", { carrier: "DHL" }],
      ["a tracking number with a NUL", { status: OrderStatus.SHIPPED, trackingNumber: "\0" }],
    ],
    ApproveRefund: [
      ["less than nothing", { amount: eur(-1) }],
      ["parts of a cent", { amount: { currencyCode: "EUR", units: 1n, nanos: 1 } }],
      ["an amount that overflows", { amount: { currencyCode: "EUR", units: 2n ** 63n - 1n } }],
      ["an amount without a currency", { amount: { units: 1n } }],
      ["nothing", { amount: eur(0) }],
      ["more than was paid", { amount: eur(10.01) }, "REFUND_EXCEEDS_CAPTURED"],
      ["another currency", { amount: { currencyCode: "USD", units: 1n } }, "CURRENCY_MISMATCH"],
      ["a line that is not in the order", { items: [{ itemId: v7(), amount: eur(1) }] }],
      ["a line that is no id", { items: [{ itemId: "x", amount: eur(1) }] }],
      ["a line without an amount", { items: [{ itemId: v7() }] }],
    ],
  };

  for (const { rpc, by, place, call } of commands) {
    const rejectionFor = async (
      purchase: Purchase,
      ask: object,
      client = clientOf(environment, purchase, by),
    ) => {
      const before = await read(purchase);
      const rejection = await rejectionOf(call(client, { orderId: purchase.orderId, ...ask }));
      expect(await read(purchase)).to.deep.equal(before);
      return [rejection.code, rejection.reason];
    };

    if (by === "buyer")
      it(`${rpc} rejects another user's order like one that does not exist`, async () => {
        const purchase = await place(environment);
        const none = await rejectionOf(call(purchase.buyer, { orderId: v7() }));
        const foreign = await rejectionFor(purchase, {}, environment.as(newUser()));
        expect(foreign).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
        expect([none.code, none.reason]).to.deep.equal(foreign);
      });

    it(`${rpc} rejects roles it is not for`, async () => {
      const purchase = await place(environment);
      const role = by === "buyer" ? "platform" : "buyer";
      const denied = [Code.PermissionDenied, "PERMISSION_DENIED"];
      expect(await rejectionFor(purchase, {}, clientOf(environment, purchase, role))).to.deep.equal(denied);
    });

    it(`${rpc} rejects invalid fields`, async () => {
      const purchase = await place(environment);
      const cases = [...inputs, ...(takeReason.includes(rpc) ? reasons : []), ...(moreFor[rpc] ?? [])];
      for (const [name, ask, reason = "INVALID_ARGUMENT"] of cases)
        expect((await rejectionFor(purchase, ask))[1], name).to.equal(reason);
    });
  }

  it("ApproveRefund rejects a line named twice, and lines that do not make up the amount", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: "x" });
    const line = { itemId: purchase.itemIds[0]!, amount: eur(2) };
    const approve = (grant: object) =>
      environment.admin.approveRefund({ orderId: purchase.orderId, ...grant });
    expect((await rejectionOf(approve({ items: [line, line] }))).reason).to.equal("INVALID_ARGUMENT");
    const unequal = approve({ items: [line], amount: eur(3) });
    expect((await rejectionOf(unequal)).reason).to.equal("INVALID_ARGUMENT");
    const usd = { ...line, amount: { currencyCode: "USD", units: 2n } };
    expect((await rejectionOf(approve({ items: [usd] }))).reason).to.equal("CURRENCY_MISMATCH");
  });
});
