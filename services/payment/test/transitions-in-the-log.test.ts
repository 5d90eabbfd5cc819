import { newId } from "@till/ids";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { eur, shop } from "../../../test/support/fixtures.ts";
import { byToken, price } from "./support/fixtures.ts";
import { startPaymentEnvironment, type PaymentEnvironment } from "./support/payment-service.ts";

type Line = Readonly<Record<string, unknown>>;

describe("The payment service's log", () => {
  const lines: Line[] = [];
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
    environment = await startPaymentEnvironment({
      paymentLog: createLog({ service: "payment", level: "info", destination }),
    });
  });
  after(() => environment?.stop());

  /** The transitions of a payment, each with the line that has it. */
  const transitionsOf = (paymentId: string) =>
    lines.filter(({ payment_id, status_transition }) => payment_id === paymentId && status_transition);

  it("has each transition at info, with order, user, request, idempotency key and both statuses", async () => {
    const orderId = await environment.placeOrder();
    const userId = environment.payerOf(orderId);
    const [paymentKey, refundKey, requestId] = [newId(), newId(), newId()];
    const headers = { "x-request-id": requestId };
    const request = { orderId, amount: price, method: byToken("tok_approve"), idempotencyKey: paymentKey };
    const { payment } = await environment.payments(userId).processPayment(request, { headers });
    const paymentId = payment!.id;
    for (const amount of [eur(10), eur(39)])
      await environment
        .payments(shop, "service")
        .refundPayment(
          { paymentId, amount, reason: "", idempotencyKey: `${refundKey}-${amount.units}` },
          { headers },
        );
    await eventually(() => expect(transitionsOf(paymentId)).to.have.length(4));
    const of = { order_id: orderId, user_id: userId, request_id: requestId, level: "info" };
    const expected = [
      ["to PENDING", paymentKey],
      ["PENDING to PROCESSED", paymentKey],
      ["PROCESSED to PARTIALLY_REFUNDED", `${refundKey}-10`],
      ["PARTIALLY_REFUNDED to REFUNDED", `${refundKey}-39`],
    ];
    for (const [index, [status_transition, idempotency_key]] of expected.entries())
      expect(transitionsOf(paymentId)[index]).to.include({ ...of, status_transition, idempotency_key });
  });

  it("has a decline as a transition, and no token", async () => {
    const orderId = await environment.placeOrder();
    await failureOf(environment.pay(orderId, "tok_decline"));
    const { id } = await environment.storedPayment(orderId);
    await eventually(() => expect(transitionsOf(id)).to.have.length(2));
    expect(transitionsOf(id)[1]).to.include({ status_transition: "PENDING to FAILED" });
    expect(JSON.stringify(lines)).to.not.include("tok_");
  });
});
