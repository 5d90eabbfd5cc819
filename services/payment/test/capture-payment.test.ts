import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { bo, eur, shop } from "../../../test/support/fixtures.ts";
import { byToken } from "./support/fixtures.ts";
import { ledgerLines, paymentOperations, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("A payment that is held first", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);
  const types = (orderId: string) => environment.events(orderId).map(({ type }) => type);

  it("is AUTHORIZED, its order waits, and nobody takes it for paid", async () => {
    const payment = await operations().authorize();
    expect(summaryOf(payment)).to.deep.equal(["AUTHORIZED", 4900, 0, 0]);
    await eventually(() => expect(types(payment.orderId)).to.deep.equal(["payment.authorized"]));
    const [event] = environment.events(payment.orderId);
    expect(event!.data).to.include({ paymentId: payment.id, amount: 49, currency: "EUR" });
    expect(event!.data).to.include({ userId: payment.userId });
    await environment.untilOrder(payment.orderId, "PAYMENT_PENDING");
    expect(ledgerLines(await environment.ledger(payment.orderId))).to.deep.equal(["authorize 4900"]);
  });

  it("answers a repeat of the hold with the same payment, and refuses its key for taking money", async () => {
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

  it("is captured in parts, and the order is PAID with the last of them", async () => {
    const { id, orderId } = await operations().authorize();
    expect(summaryOf((await operations().capture(id, { amount: 20 })).payment)).to.deep.equal([
      "AUTHORIZED",
      4900,
      2000,
      0,
    ]);
    expect(summaryOf((await operations().capture(id, { amount: 9.5 })).payment)).to.deep.equal([
      "AUTHORIZED",
      4900,
      2950,
      0,
    ]);
    expect(types(orderId)).to.not.include("payment.processed");
    expect(summaryOf((await operations().capture(id)).payment)).to.deep.equal(["PROCESSED", 4900, 4900, 0]);
    await environment.untilOrder(orderId, "PAID");
    const captures = ["authorize 4900", "capture 2000", "capture 950", "capture 1950"];
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(captures);
    expect(types(orderId)).to.deep.equal(["payment.authorized", "payment.processed"]);
    expect(environment.events(orderId)[1]!.data).to.include({
      amount: 49,
      currency: "EUR",
      paymentMethod: "card",
    });
  });

  it("is captured once by a repeated request, and refuses the key for another one", async () => {
    const { id, orderId } = await operations().authorize();
    const key = newId();
    await operations().capture(id, { amount: 10, key });
    const again = await operations().capture(id, { amount: 10, key, replica: 1 });
    expect(again.idempotentReplay).to.equal(true);
    expect(summaryOf(again.payment)).to.deep.equal(["AUTHORIZED", 4900, 1000, 0]);
    const other = await failureOf(operations().capture(id, { amount: 11, key }));
    expect([other.code, reasonOf(other)]).to.deep.equal([Code.AlreadyExists, "IDEMPOTENCY_KEY_REUSED"]);
    const elsewhere = await failureOf(
      operations().capture((await operations().authorize()).id, { amount: 10, key }),
    );
    expect(reasonOf(elsewhere)).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4900", "capture 1000"]);
  });

  it("gives no more than is held, nothing in another currency, and nothing without a key", async () => {
    const { id } = await operations().authorize();
    await operations().capture(id, { amount: 40 });
    const wrong = [
      [
        () => operations().capture(id, { amount: 9.01 }),
        Code.FailedPrecondition,
        "CAPTURE_EXCEEDS_AUTHORIZED",
      ],
      [() => operations().capture(id, { amount: 0 }), Code.InvalidArgument, "INVALID_ARGUMENT"],
      [() => operations().capture(newId()), Code.NotFound, "PAYMENT_NOT_FOUND"],
      [
        () => environment.payments(shop, "service").capturePayment({ paymentId: id }),
        Code.InvalidArgument,
        "IDEMPOTENCY_KEY_REQUIRED",
      ],
      [
        () =>
          environment.payments(shop, "service").capturePayment({
            ...{ paymentId: id, idempotencyKey: newId(), amount: { ...eur(1), currencyCode: "USD" } },
          }),
        Code.FailedPrecondition,
        "CURRENCY_MISMATCH",
      ],
      [
        () => environment.payments().capturePayment({ paymentId: id }),
        Code.PermissionDenied,
        "PERMISSION_DENIED",
      ],
    ] as const;
    for (const [call, code, reason] of wrong) {
      const error = await failureOf(call());
      expect([error.code, reasonOf(error)]).to.deep.equal([code, reason]);
    }
    expect(summaryOf((await operations().get(id)).payment)).to.deep.equal(["AUTHORIZED", 4900, 4000, 0]);
  });

  it("is let go by its payer, as often as that is asked, with or without a key", async () => {
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

  it("ends PROCESSED with what was captured where the rest is let go, and the order is not told it is paid", async () => {
    const { id, orderId } = await operations().authorize();
    await operations().capture(id, { amount: 30 });
    expect(summaryOf((await operations().void(id)).payment)).to.deep.equal(["PROCESSED", 4900, 3000, 0]);
    expect(summaryOf((await operations().void(id)).payment)).to.deep.equal(["PROCESSED", 4900, 3000, 0]);
    expect(types(orderId)).to.not.include("payment.processed");
    expect(summaryOf((await operations().refund(id)).payment)).to.deep.equal(["REFUNDED", 4900, 3000, 3000]);
  });

  it("is somebody else's business to nobody", async () => {
    const { id } = await operations().authorize();
    const foreign = await failureOf(environment.payments(bo).voidPayment({ paymentId: id }));
    expect([foreign.code, reasonOf(foreign)]).to.deep.equal([Code.NotFound, "PAYMENT_NOT_FOUND"]);
    expect(summaryOf((await operations().get(id)).payment)[0]).to.equal("AUTHORIZED");
  });

  it("cannot be let go once it is taken, nor when it failed", async () => {
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
});
