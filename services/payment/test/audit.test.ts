import { createClient } from "@connectrpc/connect";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { payOf, refundOf } from "./books-world.ts";
import { freshUser } from "./fresh-user.ts";
import { paymentWorld, price, shop, type PaymentWorld } from "./payment-world.ts";

describe("The audit log", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({ replicas: 2 });
  });
  after(() => world?.stop());

  const entries = (condition: string, params: unknown[]) =>
    world.rows(`SELECT * FROM audit_entry WHERE ${condition} ORDER BY seq`, params);

  it("has every change of a payment: who, what, when, from where, its result and its request", async () => {
    const payment = await payOf(world, freshUser());
    await refundOf(world, payment.id, 9);
    await failureOf(world.pay(await world.place(freshUser()), "tok_decline", { user: freshUser() }));
    const history = await world.rows(
      `SELECT created_at AS at, actor, type AS action, user_id::text AS user_id, coalesce(origin, '') AS origin,
          to_status AS result, coalesce(request_id, '') AS request_id
         FROM payment_event WHERE payment_id = $1 ORDER BY version, position`,
      [payment.id],
    );
    const audited = await entries("subject = $1", [payment.id]);
    expect(audited.map(({ seq: _, subject: __, details: ___, ...entry }) => entry)).to.deep.equal(history);
    expect(
      audited.map(({ details }) => (JSON.parse(String(details)) as { version: number }).version),
    ).to.deep.equal(history.map((_, index) => index + 1));
    const counts = await world.rows(
      `SELECT (SELECT count(*) FROM payment_event) AS events, count(*) AS audited FROM audit_entry WHERE subject <> ''`,
    );
    expect(counts[0]!.audited).to.equal(counts[0]!.events);
    const written = JSON.stringify(await entries("true", []));
    expect(written).to.not.include("tok_");
  });

  it("has every access that was refused, and none that failed for another reason", async () => {
    const [payer, stranger] = [freshUser(), freshUser()];
    const payment = await payOf(world, payer);
    const transport = grpcTransport({ address: world.addresses[0]!, retries: false });
    const headers = { "x-request-id": newId() };
    await failureOf(
      createClient(PaymentService, transport).getPayment({ paymentId: payment.id }, { headers }),
    );
    transport.close();
    const foreign = world.payments(stranger);
    await failureOf(foreign.getPayment({ paymentId: payment.id }, { headers }));
    await failureOf(foreign.getPayment({ paymentId: newId() }, { headers }));
    await failureOf(foreign.verifyAudit({}, { headers }));
    const asked = { orderId: newId(), amount: price, idempotencyKey: newId() };
    const method = { case: "paymentToken" as const, value: "4242424242424242" };
    await failureOf(foreign.processPayment({ ...asked, method }, { headers }));

    const refused = await eventually(async () => {
      const found = await entries("request_id = $1", [headers["x-request-id"]]);
      expect(found.length).to.be.at.least(4);
      return found;
    });
    const actor = `user:${stranger}`;
    expect(
      refused.map(({ actor, action, subject, result }) => [actor, action, subject, result]),
    ).to.deep.equal([
      ["anonymous", "PaymentService/GetPayment", "", "UNAUTHENTICATED"],
      [actor, "PaymentService/GetPayment", payment.id, "PAYMENT_NOT_FOUND"],
      [actor, "PaymentService/VerifyAudit", "", "PERMISSION_DENIED"],
      [actor, "PaymentService/ProcessPayment", "", "CARD_NUMBER_REFUSED"],
    ]);
    for (const { origin } of refused) expect(origin).to.match(/^127\.0\.0\.1:\d+$/);
    expect(JSON.stringify(await entries("true", []))).to.not.include("4242424242424242");
  });

  it("is checked by admins, and holds while payments go on at several replicas", async () => {
    const admin = world.payments(shop, "admin");
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const user = freshUser();
        return world
          .place(user)
          .then((orderId) => world.pay(orderId, "tok_approve", { user, replica: index % 2 }));
      }),
    );
    await eventually(async () => {
      const [left] = await world.rows(`SELECT count(*)::integer AS n FROM audit_unsealed`);
      expect(left!.n).to.equal(0);
    });
    const [total] = await world.rows(`SELECT count(*) AS n FROM audit_entry`);
    const verdict = await admin.verifyAudit({});
    expect(verdict).to.deep.include({ intact: true, problem: "", firstBrokenSequence: 0n });
    expect(verdict.checked >= BigInt(String(total!.n))).to.equal(true);
    expect(verdict.lastHash).to.match(/^[0-9a-f]{64}$/);

    await world.rows(`ALTER TABLE audit_entry DISABLE TRIGGER ALL`);
    await world.rows(`UPDATE audit_entry SET result = 'REFUNDED' WHERE seq = 2`);
    const broken = await admin.verifyAudit({});
    expect(broken).to.deep.include({ intact: false, firstBrokenSequence: 2n, checked: 1n });
    expect(broken.lastHash).to.equal(verdict.lastHash);
  });
});
