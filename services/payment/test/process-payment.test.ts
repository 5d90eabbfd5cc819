import { Code, type ConnectError } from "@connectrpc/connect";
import { expect } from "chai";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { bo, shop } from "../../../test/support/fixtures.ts";
import { byToken, price } from "./support/fixtures.ts";
import { ledgerLines } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ProcessPayment", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  after(() => environment?.stop());

  const metadataOf = (error: ConnectError) => error.findDetails(ErrorInfoSchema)[0]?.metadata;

  it("charges the order's total once and takes the order to PAID", async () => {
    const orderId = await environment.placeOrder();
    const { payment, idempotentReplay } = await environment.pay(orderId);
    expect(idempotentReplay).to.equal(false);
    expect(payment).to.deep.include({
      orderId,
      userId: environment.payerOf(orderId),
      status: PaymentStatus.PROCESSED,
      version: 2n,
    });
    for (const amount of [payment!.amount, payment!.authorized, payment!.captured])
      expect(amount).to.include(price);
    expect(payment!.refunded).to.include({ units: 0n, nanos: 0 });
    expect(payment!.transactionId).to.match(/^ch_/);
    expect(payment!.processedAt).to.not.equal(undefined);

    const order = await environment.untilOrder(orderId, "PAID");
    expect(order.paymentId).to.equal(payment!.id);
    const [entry, ...more] = await environment.ledger(orderId);
    expect(entry).to.include({ type: "charge", amount: 4900, currency: "EUR", idempotency_key: payment!.id });
    expect(more).to.deep.equal([]);
  });

  it("publishes payment.processed with the contract's fields", async () => {
    const orderId = await environment.placeOrder();
    const { payment } = await environment.pay(orderId);
    const [event] = await eventually(() => {
      const events = environment.events(orderId);
      expect(events).to.have.length(1);
      return events;
    });
    expect(event).to.include({
      type: "payment.processed",
      source: "till/payment",
      subject: orderId,
      dataVersion: 2,
    });
    const { processedAt, ...data } = event!.data as Record<string, unknown>;
    expect(processedAt).to.match(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(data).to.deep.equal({
      paymentId: payment!.id,
      orderId,
      userId: environment.payerOf(orderId),
      amount: 49,
      currency: "EUR",
      paymentMethod: "card",
      transactionId: payment!.transactionId,
    });
  });

  it("stores the history of a payment, and its token nowhere", async () => {
    const orderId = await environment.placeOrder();
    const { payment } = await environment.pay(orderId);
    const history = await environment.query(
      `SELECT version, type, from_status, to_status, actor FROM payment_event WHERE payment_id = $1 ORDER BY version`,
      [payment!.id],
    );
    const actor = `user:${environment.payerOf(orderId)}`;
    expect(history).to.deep.equal([
      { version: 1, type: "PAYMENT_REQUESTED", from_status: null, to_status: "PENDING", actor },
      { version: 2, type: "PAYMENT_PROCESSED", from_status: "PENDING", to_status: "PROCESSED", actor },
    ]);
    const [row] = await environment.query(
      `SELECT lease_expires_at, p::text AS text FROM payment p WHERE id = $1`,
      [payment!.id],
    );
    expect(row!.lease_expires_at).to.equal(null);
    expect(row!.text).to.not.include("tok_");
  });

  it("waits for a slow provider", async () => {
    const orderId = await environment.placeOrder();
    const { payment } = await environment.pay(orderId, "tok_slow");
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
  });

  it("returns a decline with its code, and lets another card pay", async () => {
    const orderId = await environment.placeOrder();
    const error = await failureOf(environment.pay(orderId, "tok_decline"));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.FailedPrecondition, "PAYMENT_DECLINED"]);
    expect(metadataOf(error)).to.include({ failure_code: "insufficient_funds", retryable: "true" });

    await environment.untilOrder(orderId, "PAYMENT_FAILED");
    const [event] = environment.events(orderId);
    expect(event).to.include({ type: "payment.failed", dataVersion: 2 });
    expect(event!.data).to.include({
      failureCode: "insufficient_funds",
      retryable: true,
      amount: 49,
      currency: "EUR",
    });
    expect(event!.data).to.include.keys("failedAt", "failureReason", "paymentId", "userId");

    const { payment } = await environment.pay(orderId);
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    await environment.untilOrder(orderId, "PAID");
    expect(await environment.ledger(orderId)).to.have.length(1);
  });

  it("admits another payment right after a declined or voided one", async () => {
    let rejected = 0;
    const again = async (end: (orderId: string) => Promise<unknown>) => {
      const orderId = await environment.placeOrder();
      await end(orderId);
      const atOnce = await environment.pay(orderId).catch((error: unknown) => {
        // On a busy machine the order may handle the event later than a call waits for it.
        expect(reasonOf(error)).to.equal("PAYMENT_IN_PROGRESS");
        rejected += 1;
      });
      const { payment } = atOnce ?? (await eventually(() => environment.pay(orderId)));
      expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
      await environment.untilOrder(orderId, "PAID");
      expect(ledgerLines(await environment.ledger(orderId)).at(-1)).to.equal("charge 4900");
    };
    const decline = (orderId: string) => failureOf(environment.pay(orderId, "tok_decline"));
    const voidPayment = async (orderId: string) => {
      const { payment } = await environment.authorize(orderId);
      await environment.payments(payment!.userId).voidPayment({ paymentId: payment!.id });
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => again(n % 2 ? decline : voidPayment)));
    rejected = 0;
    for (let n = 0; n < 10; n += 1) await again(n % 2 ? decline : voidPayment);
    expect(rejected, "one after the other, they are not rejected").to.be.below(5);
  }).timeout(60_000);

  it("leaves an order CANCELLED that was declined three times", async () => {
    const orderId = await environment.placeOrder();
    for (const status of ["PAYMENT_FAILED", "PAYMENT_FAILED", "CANCELLED"] as const) {
      expect(reasonOf(await failureOf(environment.pay(orderId, "tok_decline")))).to.equal("PAYMENT_DECLINED");
      await environment.untilOrder(orderId, status);
    }
    expect(reasonOf(await failureOf(environment.pay(orderId)))).to.equal("ORDER_NOT_PAYABLE");
    expect(await environment.ledger(orderId)).to.deep.equal([]);
  });

  it("leaves an order CANCELLED whose decline is final", async () => {
    for (const [token, code] of [
      ["tok_decline_hard", "stolen_card"],
      ["tok_no_such", "invalid_token"],
    ] as const) {
      const orderId = await environment.placeOrder();
      const error = await failureOf(environment.pay(orderId, token));
      expect(metadataOf(error)).to.include({ failure_code: code, retryable: "false" });
      await environment.untilOrder(orderId, "CANCELLED");
      expect(await environment.ledger(orderId)).to.deep.equal([]);
    }
  });

  it("lets a service pay for the order's user", async () => {
    const orderId = await environment.placeOrder(bo);
    const { payment } = await environment.pay(orderId, "tok_approve", { user: shop, role: "service" });
    expect(payment).to.include({ userId: bo, status: PaymentStatus.PROCESSED });
    await environment.untilOrder(orderId, "PAID");
    const unknown = await failureOf(environment.pay(newId(), "tok_approve", { user: shop, role: "service" }));
    expect(reasonOf(unknown)).to.equal("ORDER_NOT_FOUND");
  });

  it("does not pay an order twice", async () => {
    const orderId = await environment.placeOrder();
    await environment.pay(orderId);
    await environment.untilOrder(orderId, "PAID");
    const error = await failureOf(environment.pay(orderId));
    expect(reasonOf(error)).to.equal("ORDER_NOT_PAYABLE");
    expect(await environment.ledger(orderId)).to.have.length(1);
  });

  it("takes the key from the metadata where the field is empty", async () => {
    const orderId = await environment.placeOrder();
    const method = byToken("tok_approve");
    const headers = { "idempotency-key": newId() };
    const call = () =>
      environment
        .payments(environment.payerOf(orderId))
        .processPayment({ orderId, amount: price, method }, { headers });
    const [first, second] = [await call(), await call()];
    expect([second.idempotentReplay, second.payment!.id]).to.deep.equal([true, first.payment!.id]);
  });
});
