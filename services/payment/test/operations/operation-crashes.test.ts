import { expect } from "chai";
import type { Payment } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { shop } from "../../../../test/support/fixtures.ts";
import { startCrashingPaymentService } from "../support/crashing-payment-service.ts";
import { paymentOperations, summaryOf } from "../support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";

const steps = ["before the provider is called", "after it was called"] as const;
const kinds = [
  { kind: "capture", to: "PROCESSED" },
  { kind: "void", to: "VOIDED" },
  { kind: "refund", to: "REFUNDED" },
] as const;

type Crash = { readonly kind: (typeof kinds)[number]["kind"]; readonly step: (typeof steps)[number] };

/** Kills a second payment service at a step of an operation, and lets its lease expire. */
async function crashDuringOperation(
  environment: PaymentEnvironment,
  { kind, step }: Crash,
  { id }: Payment,
  key: string,
) {
  const { client, kill, exited } = await startCrashingPaymentService(environment, {
    user: shop,
    role: "service",
  });
  const isBefore = step === "before the provider is called";
  environment.psp.intercept((request, response) => {
    if (request.method !== "POST") return false;
    if (isBefore) kill();
    else response.end = () => (kill(), response);
    return isBefore;
  });
  const request = { paymentId: id, idempotencyKey: key };
  const calls = {
    capture: () => client.capturePayment(request),
    void: () => client.voidPayment(request),
    refund: () => client.refundPayment(request),
  };
  await failureOf(calls[kind]());
  await exited;
  environment.psp.intercept(undefined);
  expect(await environment.ledger(await orderOf(environment, id))).to.have.length(isBefore ? 1 : 2);
  const left = await environment.query(
    `UPDATE operation SET lease_expires_at = now() - interval '1 hour', check_at = now() - interval '1 hour'
      WHERE payment_id = $1 RETURNING status`,
    [id],
  );
  expect(left).to.deep.equal([{ status: "PENDING" }]);
}

async function orderOf(environment: PaymentEnvironment, id: string): Promise<string> {
  const [row] = await environment.query(`SELECT order_id FROM payment WHERE id = $1`, [id]);
  return String(row!.order_id);
}

for (const comesBack of [true, false]) {
  const caller = comesBack ? "a caller that repeats" : "a caller that does not repeat";
  describe(`A service killed during a capture, void or refund, and ${caller}`, () => {
    let environment: PaymentEnvironment;
    before(async function () {
      if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
      // With a caller that repeats, the recovery worker must not come first.
      const seconds = comesBack ? "3600" : "0.5";
      environment = await startPaymentEnvironment({ env: { TILL_RESOLVE_AFTER_SECONDS: seconds } });
    });
    after(() => environment?.stop());

    for (const { kind, to } of kinds) {
      for (const step of steps) {
        it(`makes exactly one ${kind} when killed ${step}`, async () => {
          const operations = paymentOperations(environment);
          const payment = await (kind === "refund" ? operations.charge() : operations.authorize());
          const key = newId();
          await crashDuringOperation(environment, { kind, step }, payment, key);
          if (comesBack) {
            const again = { capture: operations.capture, void: operations.void, refund: operations.refund }[
              kind
            ];
            expect(summaryOf((await again(payment.id, { key })).payment)[0]).to.equal(to);
          }
          await operations.untilPayment(payment.id, to);
          expect(await environment.ledger(payment.orderId)).to.have.length(2);
        }).timeout(60_000);
      }
    }
  });
}
