import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { euros, operationsOn, said, short } from "./support/payment-operations.ts";
import { bo, paymentWorld, shop, type PaymentWorld } from "./support/payment-service.ts";

describe("A payment that is held first", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({ replicas: 2 });
  });
  after(() => world?.stop());
  const on = () => operationsOn(world);
  const types = (orderId: string) => world.events(orderId).map(({ type }) => type);

  it("is AUTHORIZED, its order waits, and nobody takes it for paid", async () => {
    const payment = await on().held();
    expect(short(payment)).to.deep.equal(["AUTHORIZED", 4900, 0, 0]);
    await eventually(() => expect(types(payment.orderId)).to.deep.equal(["payment.authorized"]));
    const [event] = world.events(payment.orderId);
    expect(event!.data).to.include({ paymentId: payment.id, amount: 49, currency: "EUR" });
    expect(event!.data).to.include({ userId: payment.userId });
    await world.untilOrder(payment.orderId, "PAYMENT_PENDING");
    expect(said(await world.ledger(payment.orderId))).to.deep.equal(["authorize 4900"]);
  });

  it("answers a repeat of the hold with the same payment, and refuses its key for taking money", async () => {
    const orderId = await world.place();
    const payer = world.payerOf(orderId);
    const method = { case: "paymentToken" as const, value: "tok_approve" };
    const request = { orderId, amount: euros(49), method, idempotencyKey: newId() };
    const [first, again] = [
      await world.payments(payer).authorizePayment(request),
      await world.payments(payer, "user", 1).authorizePayment(request),
    ];
    expect([again.idempotentReplay, again.payment!.id]).to.deep.equal([true, first.payment!.id]);
    const other = await failureOf(world.payments(payer).processPayment(request));
    expect(reasonOf(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("is captured in parts, and the order is PAID with the last of them", async () => {
    const { id, orderId } = await on().held();
    expect(short((await on().capture(id, { amount: 20 })).payment)).to.deep.equal([
      "AUTHORIZED",
      4900,
      2000,
      0,
    ]);
    expect(short((await on().capture(id, { amount: 9.5 })).payment)).to.deep.equal([
      "AUTHORIZED",
      4900,
      2950,
      0,
    ]);
    expect(types(orderId)).to.not.include("payment.processed");
    expect(short((await on().capture(id)).payment)).to.deep.equal(["PROCESSED", 4900, 4900, 0]);
    await world.untilOrder(orderId, "PAID");
    const captures = ["authorize 4900", "capture 2000", "capture 950", "capture 1950"];
    expect(said(await world.ledger(orderId))).to.deep.equal(captures);
    expect(types(orderId)).to.deep.equal(["payment.authorized", "payment.processed"]);
    expect(world.events(orderId)[1]!.data).to.include({ amount: 49, currency: "EUR", paymentMethod: "card" });
  });

  it("is captured once by a repeated request, and refuses the key for another one", async () => {
    const { id, orderId } = await on().held();
    const key = newId();
    await on().capture(id, { amount: 10, key });
    const again = await on().capture(id, { amount: 10, key, replica: 1 });
    expect(again.idempotentReplay).to.equal(true);
    expect(short(again.payment)).to.deep.equal(["AUTHORIZED", 4900, 1000, 0]);
    const other = await failureOf(on().capture(id, { amount: 11, key }));
    expect([other.code, reasonOf(other)]).to.deep.equal([Code.AlreadyExists, "IDEMPOTENCY_KEY_REUSED"]);
    const elsewhere = await failureOf(on().capture((await on().held()).id, { amount: 10, key }));
    expect(reasonOf(elsewhere)).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", "capture 1000"]);
  });

  it("gives no more than is held, nothing in another currency, and nothing without a key", async () => {
    const { id } = await on().held();
    await on().capture(id, { amount: 40 });
    const wrong = [
      [() => on().capture(id, { amount: 9.01 }), Code.FailedPrecondition, "CAPTURE_EXCEEDS_AUTHORIZED"],
      [() => on().capture(id, { amount: 0 }), Code.InvalidArgument, "INVALID_ARGUMENT"],
      [() => on().capture(newId()), Code.NotFound, "PAYMENT_NOT_FOUND"],
      [
        () => world.payments(shop, "service").capturePayment({ paymentId: id }),
        Code.InvalidArgument,
        "IDEMPOTENCY_KEY_REQUIRED",
      ],
      [
        () =>
          world.payments(shop, "service").capturePayment({
            ...{ paymentId: id, idempotencyKey: newId(), amount: { ...euros(1), currencyCode: "USD" } },
          }),
        Code.FailedPrecondition,
        "CURRENCY_MISMATCH",
      ],
      [() => world.payments().capturePayment({ paymentId: id }), Code.PermissionDenied, "PERMISSION_DENIED"],
    ] as const;
    for (const [call, code, reason] of wrong) {
      const error = await failureOf(call());
      expect([error.code, reasonOf(error)]).to.deep.equal([code, reason]);
    }
    expect(short((await on().get(id)).payment)).to.deep.equal(["AUTHORIZED", 4900, 4000, 0]);
  });

  it("is let go by its payer, as often as that is asked, with or without a key", async () => {
    const { id, orderId, userId } = await on().held();
    const key = newId();
    for (const idempotencyKey of ["", key, key, newId()]) {
      const { payment } = await world.payments(userId).voidPayment({ paymentId: id, idempotencyKey });
      expect(short(payment)).to.deep.equal(["VOIDED", 4900, 0, 0]);
    }
    expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
    await eventually(() => expect(types(orderId)).to.deep.equal(["payment.authorized", "payment.voided"]));
    const late = await failureOf(on().capture(id));
    expect([late.code, reasonOf(late)]).to.deep.equal([Code.FailedPrecondition, "ILLEGAL_TRANSITION"]);
  });

  it("ends PROCESSED with what was captured where the rest is let go, and the order is not told it is paid", async () => {
    const { id, orderId } = await on().held();
    await on().capture(id, { amount: 30 });
    expect(short((await on().letGo(id)).payment)).to.deep.equal(["PROCESSED", 4900, 3000, 0]);
    expect(short((await on().letGo(id)).payment)).to.deep.equal(["PROCESSED", 4900, 3000, 0]);
    expect(types(orderId)).to.not.include("payment.processed");
    expect(short((await on().refund(id)).payment)).to.deep.equal(["REFUNDED", 4900, 3000, 3000]);
  });

  it("is somebody else's business to nobody", async () => {
    const { id } = await on().held();
    const foreign = await failureOf(world.payments(bo).voidPayment({ paymentId: id }));
    expect([foreign.code, reasonOf(foreign)]).to.deep.equal([Code.NotFound, "PAYMENT_NOT_FOUND"]);
    expect(short((await on().get(id)).payment)[0]).to.equal("AUTHORIZED");
  });

  it("cannot be let go once it is taken, nor when it failed", async () => {
    const taken = await on().taken();
    const orderId = await world.place();
    await failureOf(world.pay(orderId, "tok_decline"));
    const [failed] = await world.rows(`SELECT id FROM payment WHERE order_id = $1`, [orderId]);
    for (const id of [taken.id, String(failed!.id)]) {
      for (const call of [on().letGo, on().capture]) {
        expect(reasonOf(await failureOf(call(id)))).to.equal("ILLEGAL_TRANSITION");
      }
    }
  });
});
