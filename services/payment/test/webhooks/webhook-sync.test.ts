import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { expect } from "chai";
import { createHmac } from "node:crypto";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { paymentWorld, type PaymentWorld } from "../support/payment-service.ts";

const secret = "whsec_0123456789abcdef";

describe("News by webhook", () => {
  let world: PaymentWorld;
  let door: string;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: {
        TILL_WEBHOOK_PORT: "0",
        TILL_PSP_WEBHOOK_SECRET: secret,
        TILL_PSP_TIMEOUT_MS: "2000",
        // Nobody but the webhooks is to bring things forward.
        TILL_RESOLVE_AFTER_SECONDS: "3600",
      },
    });
    door = `http://127.0.0.1:${world.webhookPort}/webhooks/sandbox`;
  });
  after(() => world?.stop());

  const newUser = () => newId().replace(/^.{20}/, "018f0000-0000-7000-9");
  async function deliver(
    paymentId: string,
    type = "payment.succeeded",
    id = `evt_${newId()}`,
  ): Promise<number> {
    const body = JSON.stringify({ id, type, created: 1, data: { payment: { payment_id: paymentId } } });
    const time = Math.floor(Date.now() / 1000);
    const mac = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
    const headers = { "content-type": "application/json", "psp-signature": `t=${time},v1=${mac}` };
    return (await fetch(door, { method: "POST", headers, body })).status;
  }
  async function stored(orderId: string) {
    const [row] = await world.rows(`SELECT id, status FROM payment WHERE order_id = $1`, [orderId]);
    return row as { id: string; status: string };
  }
  const allHandled = () =>
    eventually(async () => {
      const open = await world.rows(`SELECT 1 FROM provider_event WHERE handled_at IS NULL`);
      return open.length === 0;
    });

  it("brings a payment whose answer was lost to where the provider has it, a hundred times as once", async () => {
    const user = newUser();
    const orderId = await world.place(user);
    await failureOf(world.pay(orderId, "tok_timeout_after_charge", { user }));
    const { id, status } = await stored(orderId);
    expect(status).to.equal("UNKNOWN");

    const eventId = `evt_${newId()}`;
    const copies = Array.from({ length: 100 }, () => deliver(id, "payment.succeeded", eventId));
    // Its neighbours: older news and other news, in no order.
    const types = ["payment.authorized", "payment.declined", "payment.captured"];
    const neighbours = types.map((type) => deliver(id, type));
    expect(
      new Set(await Promise.all([...neighbours, ...copies, ...types.map((type) => deliver(id, type))])),
    ).to.deep.equal(new Set([200]));
    await allHandled();
    expect(await stored(orderId)).to.include({ status: "PROCESSED" });
    await world.untilOrder(orderId, "PAID");
    expect(await world.ledger(orderId)).to.have.length(1);
    expect(world.events(orderId).filter(({ type }) => type === "payment.processed")).to.have.length(1);
  });

  it("takes up a payment once its payer has approved", async () => {
    const user = newUser();
    const orderId = await world.place(user);
    const { payment } = await world.pay(orderId, "tok_requires_action", { user });
    expect(payment!.status).to.equal(PaymentStatus.REQUIRES_ACTION);
    await fetch(`${world.psp.url}/payments/${payment!.id}/action?result=approve`, { method: "POST" });
    expect(await deliver(payment!.id)).to.equal(200);
    await world.untilOrder(orderId, "PAID");
    expect(await stored(orderId)).to.include({ status: "PROCESSED" });
  });

  it("is parked where the payment is not known, and disturbs nobody", async () => {
    const stranger = newId();
    expect(await deliver(stranger)).to.equal(200);
    await eventually(async () => {
      const [row] = await world.rows(
        `SELECT attempts, handled_at FROM provider_event WHERE payment_id = $1`,
        [stranger],
      );
      return Number(row?.attempts) > 0 && row?.handled_at === null;
    });
    await world.rows(`DELETE FROM provider_event WHERE payment_id = $1`, [stranger]);
  });

  it("is looked at again once the provider can be asked", async () => {
    const user = newUser();
    const orderId = await world.place(user);
    await failureOf(world.pay(orderId, "tok_timeout_after_charge", { user }));
    const { id } = await stored(orderId);
    await world.psp.shut();
    expect(await deliver(id)).to.equal(200);
    await eventually(async () => {
      const [row] = await world.rows(`SELECT attempts FROM provider_event WHERE payment_id = $1`, [id]);
      return Number(row?.attempts) > 0;
    });
    await world.psp.reopen();
    await world.untilOrder(orderId, "PAID");
  });

  it("is audited where it is refused", async () => {
    const response = await fetch(door, {
      method: "POST",
      body: "{}",
      headers: { "psp-signature": "t=1,v1=00" },
    });
    expect(response.status).to.equal(401);
    await eventually(async () => {
      const rows = await world.rows(
        `SELECT origin, result FROM audit_entry WHERE action = 'webhooks/sandbox'`,
      );
      return rows.length === 1 && rows[0]!.result === "SIGNATURE_INVALID";
    });
  });
});
