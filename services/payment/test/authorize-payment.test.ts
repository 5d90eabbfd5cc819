import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { eur } from "../../../test/support/fixtures.ts";
import { byToken } from "./support/fixtures.ts";
import { ledgerLines, paymentOperations, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("AuthorizePayment", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);
  const types = (orderId: string) => environment.events(orderId).map(({ type }) => type);

  it("authorizes the payment and leaves the order PAYMENT_PENDING", async () => {
    const payment = await operations().authorize();
    expect(summaryOf(payment)).to.deep.equal(["AUTHORIZED", 4900, 0, 0]);
    await eventually(() => expect(types(payment.orderId)).to.deep.equal(["payment.authorized"]));
    const [event] = environment.events(payment.orderId);
    expect(event!.data).to.include({ paymentId: payment.id, amount: 49, currency: "EUR" });
    expect(event!.data).to.include({ userId: payment.userId });
    await environment.untilOrder(payment.orderId, "PAYMENT_PENDING");
    expect(ledgerLines(await environment.ledger(payment.orderId))).to.deep.equal(["authorize 4900"]);
  });

  it("returns the same payment to a repeat, and rejects the key for ProcessPayment", async () => {
    const orderId = await environment.placeOrder();
    const payer = environment.payerOf(orderId);
    const method = byToken("tok_approve");
    const request = { orderId, amount: eur(49), method, idempotencyKey: newId() };
    const [first, again] = [
      await environment.payments(payer).authorizePayment(request),
      await environment.payments(payer, "user", 1).authorizePayment(request),
    ];
    expect([again.idempotentReplay, again.payment!.id]).to.deep.equal([true, first.payment!.id]);
    const other = await failureOf(environment.payments(payer).processPayment(request));
    expect(reasonOf(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });
});
