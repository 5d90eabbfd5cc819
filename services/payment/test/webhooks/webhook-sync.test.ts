import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { newUser } from "../../../../test/support/fixtures.ts";
import { shortProviderTimeout, withoutRecovery, withWebhooks } from "../support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";
import { postWebhook, webhookBody } from "../support/webhook-request.ts";

describe("A webhook", () => {
  let environment: PaymentEnvironment;
  let url: string;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      // Without the recovery worker: webhooks alone sync.
      env: { ...withWebhooks, ...shortProviderTimeout, ...withoutRecovery },
    });
    url = `http://127.0.0.1:${environment.webhookPort}/webhooks/sandbox`;
  });
  after(() => environment?.stop());
  async function deliver(...event: Parameters<typeof webhookBody>): Promise<number> {
    const [status] = await postWebhook(url, webhookBody(...event));
    return status;
  }
  const allHandled = () =>
    eventually(async () => {
      const open = await environment.query(`SELECT 1 FROM provider_event WHERE handled_at IS NULL`);
      return open.length === 0;
    });

  it("syncs a payment whose response was lost, once for a hundred deliveries", async () => {
    const user = newUser();
    const orderId = await environment.placeOrder(user);
    await failureOf(environment.pay(orderId, "tok_timeout_after_charge", { user }));
    const { id, status } = await environment.storedPayment(orderId);
    expect(status).to.equal("UNKNOWN");

    const eventId = `evt_${newId()}`;
    const copies = Array.from({ length: 100 }, () => deliver(id, { id: eventId }));
    // Its neighbours: older news and other news, in no order.
    const types = ["payment.authorized", "payment.declined", "payment.captured"];
    const neighbours = types.map((type) => deliver(id, { type }));
    expect(
      new Set(await Promise.all([...neighbours, ...copies, ...types.map((type) => deliver(id, { type }))])),
    ).to.deep.equal(new Set([200]));
    await allHandled();
    expect(await environment.storedPayment(orderId)).to.include({ status: "PROCESSED" });
    await environment.untilOrder(orderId, "PAID");
    expect(await environment.ledger(orderId)).to.have.length(1);
    expect(environment.events(orderId).filter(({ type }) => type === "payment.processed")).to.have.length(1);
  });

  it("syncs a payment once its payer has confirmed it", async () => {
    const user = newUser();
    const orderId = await environment.placeOrder(user);
    const { payment } = await environment.pay(orderId, "tok_requires_action", { user });
    expect(payment!.status).to.equal(PaymentStatus.REQUIRES_ACTION);
    await fetch(`${environment.psp.url}/payments/${payment!.id}/action?result=approve`, { method: "POST" });
    expect(await deliver(payment!.id)).to.equal(200);
    await environment.untilOrder(orderId, "PAID");
    expect(await environment.storedPayment(orderId)).to.include({ status: "PROCESSED" });
  });

  describe("that shows its payment", () => {
    const shownBy = async (paymentId: string) =>
      (await (await fetch(`${environment.psp.url}/payments/${paymentId}`)).json()) as object;
    const stored = (paymentId: string) =>
      environment.query(`SELECT handled_at FROM provider_event WHERE payment_id = $1`, [paymentId]);

    const untilHandled = (paymentId: string) =>
      eventually(async () => expect((await stored(paymentId))[0]?.handled_at).to.be.a("date"));

    it("as it is already is acknowledged, and neither stored nor looked up at the provider", async () => {
      const { payment } = await environment.pay(await environment.placeOrder());
      const shown = await shownBy(payment!.id);
      const before = environment.psp.requestCounts.GET;
      expect(await deliver(payment!.id, { shown })).to.equal(200);
      expect(await stored(payment!.id)).to.deep.equal([]);
      expect(environment.psp.requestCounts.GET).to.equal(before);
    });

    it("while it is being charged waits for the response to the charge", async () => {
      const orderId = await environment.placeOrder();
      const release = environment.psp.holdResponses();
      const paying = environment.pay(orderId);
      await eventually(async () => (await environment.ledger(orderId)).length === 1);
      const { id } = await environment.storedPayment(orderId);
      const shown = await shownBy(id);
      const delivered = deliver(id, { shown });
      release();
      await paying;
      expect(await delivered).to.equal(200);
      expect(await stored(id)).to.deep.equal([]);
    });

    it("with other sums is stored and syncs it", async () => {
      const { payment } = await environment.pay(await environment.placeOrder());
      const { id } = payment!;
      const shown = { ...(await shownBy(id)), refunded: 100 };
      expect(await deliver(id, { type: "refund.succeeded", shown })).to.equal(200);
      await untilHandled(id);
    });

    it("as it was before a refund is stored and changes nothing", async () => {
      const { payment } = await environment.pay(await environment.placeOrder());
      const { id } = payment!;
      const shown = await shownBy(id);
      await environment
        .payments(undefined, "admin")
        .refundPayment({ paymentId: id, idempotencyKey: newId() });
      expect(await deliver(id, { shown })).to.equal(200);
      await untilHandled(id);
      const { payment: after } = await environment.payments(undefined, "admin").getPayment({ paymentId: id });
      expect(after!.status).to.equal(PaymentStatus.REFUNDED);
    });
  });

  it("is parked while its payment is unknown", async () => {
    const unknownPaymentId = newId();
    expect(await deliver(unknownPaymentId)).to.equal(200);
    await eventually(async () => {
      const [row] = await environment.query(
        `SELECT attempts, handled_at FROM provider_event WHERE payment_id = $1`,
        [unknownPaymentId],
      );
      return Number(row?.attempts) > 0 && row?.handled_at === null;
    });
    await environment.query(`DELETE FROM provider_event WHERE payment_id = $1`, [unknownPaymentId]);
  });

  it("is handled again once the provider is reachable", async () => {
    const user = newUser();
    const orderId = await environment.placeOrder(user);
    await failureOf(environment.pay(orderId, "tok_timeout_after_charge", { user }));
    const { id } = await environment.storedPayment(orderId);
    await environment.psp.disconnect();
    expect(await deliver(id)).to.equal(200);
    await eventually(async () => {
      const [row] = await environment.query(`SELECT attempts FROM provider_event WHERE payment_id = $1`, [
        id,
      ]);
      return Number(row?.attempts) > 0;
    });
    await environment.psp.reconnect();
    await environment.untilOrder(orderId, "PAID");
  });

  it("is audited when it is rejected", async () => {
    const response = await fetch(url, {
      method: "POST",
      body: "{}",
      headers: { "psp-signature": "t=1,v1=00" },
    });
    expect(response.status).to.equal(401);
    await eventually(async () => {
      const rows = await environment.query(
        `SELECT peer_address, result FROM audit_entry WHERE action = 'webhooks/sandbox'`,
      );
      return rows.length === 1 && rows[0]!.result === "SIGNATURE_INVALID";
    });
  });
});
