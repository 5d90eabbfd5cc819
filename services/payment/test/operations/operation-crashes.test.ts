import { expect } from "chai";
import type { Payment } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { startDyingPayments } from "../support/crashing-payment-service.ts";
import { operationsOn, short } from "../support/payment-operations.ts";
import { paymentWorld, shop, type PaymentWorld } from "../support/payment-service.ts";

const steps = ["before the provider is called", "after it was called"] as const;
const kinds = [
  { kind: "capture", to: "PROCESSED" },
  { kind: "void", to: "VOIDED" },
  { kind: "refund", to: "REFUNDED" },
] as const;

type Death = { readonly kind: (typeof kinds)[number]["kind"]; readonly step: (typeof steps)[number] };

/** Lets a payment service next to the world's die at a step of an operation, and time pass. */
async function operateAndDie(world: PaymentWorld, { kind, step }: Death, { id }: Payment, key: string) {
  const { client, kill, died } = await startDyingPayments(world, { user: shop, role: "service" });
  const isBefore = step === "before the provider is called";
  world.psp.misbehave((request, response) => {
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
  await died;
  world.psp.misbehave(undefined);
  expect(await world.ledger(await orderOf(world, id))).to.have.length(isBefore ? 1 : 2);
  const left = await world.rows(
    `UPDATE operation SET attempt_until = now() - interval '1 hour', check_at = now() - interval '1 hour'
      WHERE payment_id = $1 RETURNING status`,
    [id],
  );
  expect(left).to.deep.equal([{ status: "PENDING" }]);
}

async function orderOf(world: PaymentWorld, id: string): Promise<string> {
  const [row] = await world.rows(`SELECT order_id FROM payment WHERE id = $1`, [id]);
  return String(row!.order_id);
}

for (const comesBack of [true, false]) {
  const caller = comesBack ? "a caller that repeats" : "a caller that does not come back";
  describe(`A payment service that is killed during an operation, and ${caller}`, () => {
    let world: PaymentWorld;
    before(async function () {
      if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
      // The janitor that is not to come first rests; the services there is nobody to ask look after it themselves.
      const seconds = comesBack ? "3600" : "0.5";
      world = await paymentWorld({ env: { TILL_RESOLVE_AFTER_SECONDS: seconds } });
    });
    after(() => world?.stop());

    for (const { kind, to } of kinds) {
      for (const step of steps) {
        it(`comes to exactly one ${kind} when it is killed ${step}`, async () => {
          const on = operationsOn(world);
          const payment = await (kind === "refund" ? on.taken() : on.held());
          const key = newId();
          await operateAndDie(world, { kind, step }, payment, key);
          if (comesBack) {
            const again = { capture: on.capture, void: on.letGo, refund: on.refund }[kind];
            expect(short((await again(payment.id, { key })).payment)[0]).to.equal(to);
          }
          await on.untilPayment(payment.id, to);
          expect(await world.ledger(payment.orderId)).to.have.length(2);
        }).timeout(60_000);
      }
    }
  });
}
