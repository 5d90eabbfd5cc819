import { Code } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { buyer } from "../support/order-world.ts";
import { clientOf, commands } from "../support/commands.ts";
import { eur, read, refusalOf, storyWorld, type StoryWorld, type Tale } from "../support/flow-world.ts";

describe("Commands that are refused write nothing", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld({ env: { TILL_SWEEP_MS: "3600000" } })));
  after(() => till.stop());

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
      [
        "a line that is not in the order",
        { items: [{ itemId: v7(), amount: eur(1) }] },
        "REFUND_EXCEEDS_CAPTURED",
      ],
      ["a line that is no id", { items: [{ itemId: "x", amount: eur(1) }] }],
      ["a line without an amount", { items: [{ itemId: v7() }] }],
    ],
  };

  for (const { rpc, by, order, call } of commands) {
    const refused = async (tale: Tale, ask: object, client = clientOf(till, tale, by)) => {
      const before = await read(tale);
      const refusal = await refusalOf(call(client, { orderId: tale.orderId, ...ask }));
      expect(await read(tale)).to.deep.equal(before);
      return [refusal.code, refusal.reason];
    };

    if (by === "buyer")
      it(`${rpc} of somebody else's order is answered as if there were none`, async () => {
        const tale = await order(till);
        const none = await refusalOf(call(tale.buyer, { orderId: v7() }));
        const foreign = await refused(tale, {}, till.as(buyer()));
        expect(foreign).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
        expect([none.code, none.reason]).to.deep.equal(foreign);
      });

    it(`${rpc} refuses callers it is not for`, async () => {
      const tale = await order(till);
      const role = by === "buyer" ? "platform" : "buyer";
      const denied = [Code.PermissionDenied, "PERMISSION_DENIED"];
      expect(await refused(tale, {}, clientOf(till, tale, role))).to.deep.equal(denied);
    });

    it(`${rpc} refuses what makes no sense`, async () => {
      const tale = await order(till);
      const cases = [...inputs, ...(takeReason.includes(rpc) ? reasons : []), ...(moreFor[rpc] ?? [])];
      for (const [name, ask, reason = "INVALID_ARGUMENT"] of cases)
        expect((await refused(tale, ask))[1], name).to.equal(reason);
    });
  }

  it("ApproveRefund names each line once, and the lines make up the amount", async () => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ orderId: tale.orderId, reason: "x" });
    const line = { itemId: tale.itemIds[0]!, amount: eur(2) };
    const approve = (grant: object) => till.admin.approveRefund({ orderId: tale.orderId, ...grant });
    expect((await refusalOf(approve({ items: [line, line] }))).reason).to.equal("INVALID_ARGUMENT");
    const unequal = approve({ items: [line], amount: eur(3) });
    expect((await refusalOf(unequal)).reason).to.equal("REFUND_EXCEEDS_CAPTURED");
    const usd = { ...line, amount: { currencyCode: "USD", units: 2n } };
    expect((await refusalOf(approve({ items: [usd] }))).reason).to.equal("CURRENCY_MISMATCH");
  });
});
