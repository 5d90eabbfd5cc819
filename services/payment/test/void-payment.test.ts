import { Code } from "@connectrpc/connect";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { bo } from "../../../test/support/fixtures.ts";
import { ledgerLines, paymentOperations, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("VoidPayment", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);
  const types = (orderId: string) => environment.events(orderId).map(({ type }) => type);

  it("voids for the payer, as often as it is repeated, with or without a key", async () => {
    const { id, orderId, userId } = await operations().authorize();
    const key = newId();
    for (const idempotencyKey of ["", key, key, newId()]) {
      const { payment } = await environment.payments(userId).voidPayment({ paymentId: id, idempotencyKey });
      expect(summaryOf(payment)).to.deep.equal(["VOIDED", 4900, 0, 0]);
    }
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
    await eventually(() => expect(types(orderId)).to.deep.equal(["payment.authorized", "payment.voided"]));
    const late = await failureOf(operations().capture(id));
    expect([late.code, reasonOf(late)]).to.deep.equal([Code.FailedPrecondition, "ILLEGAL_TRANSITION"]);
  });

  it("leaves a partly captured payment PROCESSED, and publishes no payment.processed", async () => {
    const { id, orderId } = await operations().authorize();
    await operations().capture(id, { amount: 30 });
    expect(summaryOf((await operations().void(id)).payment)).to.deep.equal(["PROCESSED", 4900, 3000, 0]);
    expect(summaryOf((await operations().void(id)).payment)).to.deep.equal(["PROCESSED", 4900, 3000, 0]);
    expect(types(orderId)).to.not.include("payment.processed");
    expect(summaryOf((await operations().refund(id)).payment)).to.deep.equal(["REFUNDED", 4900, 3000, 3000]);
  });

  it("returns PAYMENT_NOT_FOUND for another user's payment", async () => {
    const { id } = await operations().authorize();
    const foreign = await failureOf(environment.payments(bo).voidPayment({ paymentId: id }));
    expect([foreign.code, reasonOf(foreign)]).to.deep.equal([Code.NotFound, "PAYMENT_NOT_FOUND"]);
    expect(summaryOf((await operations().get(id)).payment)[0]).to.equal("AUTHORIZED");
  });

  it("rejects a captured and a failed payment, as CapturePayment does", async () => {
    const taken = await operations().charge();
    const orderId = await environment.placeOrder();
    await failureOf(environment.pay(orderId, "tok_decline"));
    const failed = await environment.storedPayment(orderId);
    for (const id of [taken.id, failed.id]) {
      for (const call of [operations().void, operations().capture]) {
        expect(reasonOf(await failureOf(call(id)))).to.equal("ILLEGAL_TRANSITION");
      }
    }
  });

  it("ends the payment that PAYMENT_IN_PROGRESS names", async () => {
    const { id, orderId } = await paymentOperations(environment).authorize();
    const failure = factsOf(await failureOf(environment.pay(orderId)));
    expect(failure.reason).to.equal("PAYMENT_IN_PROGRESS");
    expect(failure.metadata).to.include({ order_id: orderId, payment_id: id, way_out: "VoidPayment" });
    await environment.payments(environment.payerOf(orderId)).voidPayment({
      paymentId: failure.metadata.payment_id!,
    });
    const { payment } = await environment.pay(orderId);
    expect(PaymentStatus[payment!.status]).to.equal("PROCESSED");
  });
});
