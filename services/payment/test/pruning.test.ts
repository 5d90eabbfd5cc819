import { localBus } from "@till/events/bus";
import { newId } from "@till/ids";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { newUser } from "../../../test/support/fixtures.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { paymentConfig, startPaymentService } from "../src/start.ts";
import { paymentMethodActions } from "./support/payment-methods.ts";
import { startPaymentEnvironment, type PaymentEnvironment } from "./support/payment-service.ts";

describe("Rows of payments that are of no use any more", () => {
  let environment: PaymentEnvironment;
  before(async () => (environment = await startPaymentEnvironment()));
  after(() => environment.stop());
  const { add, added } = paymentMethodActions(() => environment);

  it("are deleted: keys of payment methods and provider events, and never the key of a payment", async () => {
    const user = newUser();
    for (const key of ["old-card", "young-card"]) await added(user, { key });
    const orderId = await environment.placeOrder();
    const { payment } = await environment.pay(orderId, "tok_approve", { key: "old-payment" });
    await environment.query(
      `UPDATE payment_method_request SET created_at = now() - CASE idempotency_key
         WHEN 'old-card' THEN interval '31 days' ELSE interval '29 days' END`,
    );
    await environment.query(`UPDATE payment SET created_at = created_at - interval '10 years'`);
    await insertProviderEvents(environment);

    const replica = await startReplica(environment);
    await eventually(async () => expect(await providerEventIds(environment)).to.deep.equal(stay));
    const other = { token: "tok_decline" };
    await eventually(() => added(user, { ...other, key: "old-card" }));
    expect(await rejectionReason(add(user, { ...other, key: "young-card" }))).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
    const replayed = await environment.pay(orderId, "tok_approve", { key: "old-payment" });
    expect(replayed).to.deep.include({ idempotentReplay: true });
    expect(replayed.payment?.id).to.equal(payment?.id);
    await replica.stop();
  });
});

const stay = ["abandoned for less than a year", "handled 29 days ago", "waiting for a year"];

async function insertProviderEvents(environment: PaymentEnvironment): Promise<void> {
  await environment.query(
    `INSERT INTO provider_event (provider, event_id, payment_id, type, received_at, handled_at, next_attempt_at)
     SELECT 'sandbox', id, $1::uuid, 'payment.updated', now() - received, now() - handled, now() + next
       FROM (VALUES
         ('handled 31 days ago', interval '31 days', interval '31 days', NULL),
         ('handled 29 days ago', interval '400 days', interval '29 days', NULL),
         ('abandoned for more than a year', interval '366 days', NULL, NULL),
         ('abandoned for less than a year', interval '364 days', NULL, NULL),
         ('waiting for a year', interval '400 days', NULL, interval '1 day')
       ) AS event (id, received, handled, next)`,
    [newId()],
  );
}

async function providerEventIds(environment: PaymentEnvironment): Promise<unknown[]> {
  const rows = await environment.query(`SELECT event_id FROM provider_event ORDER BY event_id`);
  return rows.map(({ event_id: id }) => id);
}

/** Starts a second replica: it prunes at its start. */
function startReplica({ env }: PaymentEnvironment) {
  const [log, metrics] = [
    createLog({ service: "test", level: "silent" }),
    createMetrics({ service: "test" }),
  ];
  return startPaymentService({ config: paymentConfig(env), bus: localBus({ log }), log, metrics });
}
