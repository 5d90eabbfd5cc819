import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../test/support/failure-of.ts";
import { eur, shop } from "../../../test/support/fixtures.ts";
import { ledgerLines, paymentOperations, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("CapturePayment", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);
  const types = (orderId: string) => environment.events(orderId).map(({ type }) => type);

  it("captures in parts, and the order is PAID with the last of them", async () => {
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

  it("captures once for a repeated request, and rejects the key for another request", async () => {
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

  it("rejects more than is authorized, another currency, and a missing key", async () => {
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
});
