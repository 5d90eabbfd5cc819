import { expect } from "chai";
import { newId } from "@till/ids";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { eur, shop } from "../../../../test/support/fixtures.ts";
import { promptRecovery } from "../support/fixtures.ts";
import {
  ledgerLines,
  paymentOperations,
  refundAtProvider,
  summaryOf,
} from "../support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";

describe("A cancelled order", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: promptRecovery,
      replicas: 2,
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));
  const operations = () => paymentOperations(environment);
  const orders = (orderId: string) => environment.orders(environment.payerOf(orderId));
  const command = (orderId: string) => ({ orderId, idempotencyKey: newId(), reason: "changed my mind" });

  it("refunds a paid order that its user cancels", async () => {
    const { id, orderId } = await operations().charge();
    await environment.untilOrder(orderId, "PAID");
    await orders(orderId).cancelOrder(command(orderId));
    await operations().untilPayment(id, "REFUNDED");
    await environment.untilOrder(orderId, "REFUNDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("refunds the part that an admin approves", async () => {
    const { id, orderId } = await operations().charge();
    await environment.untilOrder(orderId, "PAID");
    await orders(orderId).requestRefund(command(orderId));
    const approval = { orderId, idempotencyKey: newId(), amount: eur(20) };
    await environment.orders(shop, "admin").approveRefund(approval);
    await operations().untilPayment(id, "PARTIALLY_REFUNDED");
    const order = await eventually(async () => {
      const found = await environment.untilOrder(orderId, "PAID");
      expect(found.refunded!.units).to.equal(20n);
      return found;
    });
    expect(order.captured!.units).to.equal(49n);
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 2000"]);
  });

  it("refunds a capture that was found after the cancellation", async () => {
    const orderId = await environment.placeOrder();
    let isMute = true;
    environment.psp.intercept(
      (request, response) => isMute && request.method === "GET" && !!response.destroy(),
    );
    await failureOf(environment.pay(orderId, "tok_timeout_after_charge"));
    await orders(orderId).cancelOrder(command(orderId));
    isMute = false;
    const { id } = await environment.storedPayment(orderId);
    await operations().untilPayment(id, "REFUNDED");
    await environment.untilOrder(orderId, "CANCELLED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("voids the authorization of an order that its user cancels", async () => {
    const { id, orderId } = await operations().authorize();
    await orders(orderId).cancelOrder(command(orderId));
    await operations().untilPayment(id, "VOIDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
  });

  it("refunds nothing that was refunded at the provider already", async () => {
    const { id, orderId } = await operations().charge();
    await environment.untilOrder(orderId, "PAID");
    await refundAtProvider(environment, id, 4900);
    const user = environment.orders(environment.payerOf(orderId));
    await user.cancelOrder({ orderId, idempotencyKey: newId(), reason: "" });
    await environment.untilOrder(orderId, "REFUNDED");
    expect(summaryOf((await operations().get(id)).payment)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });
});
