import { Code } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf, rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { bo, course, eur, inactiveUser } from "../../../test/support/fixtures.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import {
  attempt,
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";

describe("BeginPayment", () => {
  let environment: PurchaseEnvironment;
  let now = new Date();
  before(
    async () => (environment = await startPurchaseEnvironment({ now: () => now, env: withoutRecovery })),
  );
  beforeEach(() => (now = new Date()));
  after(() => environment.stop());

  const wrongPayment = async (purchase: Purchase, more: object) =>
    rejectionReason(
      environment.platform.beginPayment({
        ...{ orderId: purchase.orderId, paymentId: v7(), userId: purchase.userId, amount: eur(49) },
        ...more,
      }),
    );

  it("takes the order's payment slot, and changes nothing for the same payment again", async () => {
    const purchase = await environment.place([course]);
    const { paymentId } = purchase;
    const first = await environment.beginPayment(purchase);
    expect(first.order).to.include({ status: OrderStatus.PAYMENT_PENDING, paymentId, version: 2n });
    const second = await environment.beginPayment(purchase);
    expect(second.order?.version).to.equal(2n);
  });

  it("only validates a request that says so: the order stays as it is, and the errors are the same", async () => {
    const purchase = await environment.place([course]);
    const { orderId, userId } = purchase;
    const request = { orderId, userId, paymentId: v7(), amount: eur(49), validateOnly: true };
    const { order } = await environment.platform.beginPayment({ ...request, idempotencyKey: "validate" });
    expect(order).to.include({ status: OrderStatus.CREATED, paymentId: "", version: 1n });
    expect(await wrongPayment(purchase, { amount: eur(48), validateOnly: true })).to.equal("AMOUNT_MISMATCH");
    expect(await wrongPayment(purchase, { userId: bo, validateOnly: true })).to.equal("PAYER_MISMATCH");
    expect(await wrongPayment(purchase, { orderId: v7(), validateOnly: true })).to.equal("ORDER_NOT_FOUND");
    await environment.beginPayment(purchase);
    expect(await wrongPayment(purchase, { validateOnly: true })).to.equal("PAYMENT_IN_PROGRESS");
    expect(await historyOf(purchase)).to.have.length(2);
  });

  it("admits exactly one of 50 concurrent payments", async () => {
    const purchase = await environment.place([course]);
    const calls = await Promise.allSettled(
      Array.from({ length: 50 }, () => environment.beginPayment(purchase, v7())),
    );
    const rejected = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
    expect(rejected).to.deep.equal(Array(49).fill("PAYMENT_IN_PROGRESS"));
  });

  it("rejects another amount, currency or payer, an unknown order and an expired one", async () => {
    const purchase = await environment.place([course]);
    expect(await wrongPayment(purchase, { amount: eur(48) })).to.equal("AMOUNT_MISMATCH");
    const usd = { ...eur(49), currencyCode: "USD" };
    expect(await wrongPayment(purchase, { amount: usd })).to.equal("CURRENCY_MISMATCH");
    expect(await wrongPayment(purchase, { userId: bo })).to.equal("PAYER_MISMATCH");
    expect(await wrongPayment(purchase, { orderId: v7() })).to.equal("ORDER_NOT_FOUND");
    now = new Date(Date.now() + 31 * 60_000);
    expect(await wrongPayment(purchase, {})).to.equal("ORDER_NOT_PAYABLE");
    expect(await historyOf(purchase)).to.deep.equal(["ORDER_CREATED > CREATED"]);
  });

  it("rejects another payer, amount or currency with the expected and the given one", async () => {
    const purchase = await environment.place();
    const { orderId, userId, paymentId } = purchase;
    const begin = (more: object) =>
      environment.platform.beginPayment({ orderId, userId, paymentId, amount: eur(10), ...more });
    const wrong = [
      [{ userId: inactiveUser }, "PAYER_MISMATCH", { expected: userId, got: inactiveUser }],
      [{ amount: eur(9.99) }, "AMOUNT_MISMATCH", { expected: "10.00", got: "9.99" }],
      [{ amount: { currencyCode: "USD", units: 10n } }, "CURRENCY_MISMATCH", { expected: "EUR", got: "USD" }],
    ] as const;
    for (const [more, expected, facts] of wrong) {
      const { reason, metadata } = await rejectionOf(begin(more));
      expect([reason, metadata]).to.deep.equal([expected, facts]);
    }
    expect(await historyOf(purchase)).to.deep.equal(["ORDER_CREATED > CREATED"]);
  });

  it("opens a failed order without RetryPayment, and the payment pays it", async () => {
    const purchase = await environment.place();
    await attempt(environment, purchase);
    expect(await statusOf(environment.beginPayment(purchase))).to.equal("PAYMENT_PENDING");
    await environment.pay(purchase);
    expect(await statusOf(purchase)).to.equal("PAID");
  });

  it("is for services alone", async () => {
    const { buyer, orderId, userId } = await environment.place([course]);
    const request = { orderId, paymentId: v7(), userId, amount: eur(49) };
    const error = await failureOf(buyer.beginPayment(request));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
  });
});
