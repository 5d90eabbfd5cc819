import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { newUser, shop } from "../../../test/support/fixtures.ts";
import { byToken, price } from "./support/fixtures.ts";
import { paymentOperations } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("The audit log", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  const entries = (condition: string, params: unknown[]) =>
    environment.query(`SELECT * FROM audit_entry WHERE ${condition} ORDER BY seq`, params);

  it("has every change of a payment, with actor, time, peer address, result and request id", async () => {
    const payment = await operations().charge();
    await operations().refund(payment.id, { amount: 9 });
    await failureOf(
      environment.pay(await environment.placeOrder(newUser()), "tok_decline", { user: newUser() }),
    );
    const history = await environment.query(
      `SELECT created_at AS at, actor, type AS action, user_id::text AS user_id, coalesce(peer_address, '') AS peer_address,
          to_status AS result, coalesce(request_id, '') AS request_id
         FROM payment_event WHERE payment_id = $1 ORDER BY version, position`,
      [payment.id],
    );
    const audited = await entries("subject = $1", [payment.id]);
    expect(audited.map(({ seq: _, subject: __, details: ___, ...entry }) => entry)).to.deep.equal(history);
    expect(
      audited.map(({ details }) => (JSON.parse(String(details)) as { version: number }).version),
    ).to.deep.equal(history.map((_, index) => index + 1));
    const counts = await environment.query(
      `SELECT (SELECT count(*) FROM payment_event) AS events, count(*) AS audited FROM audit_entry WHERE subject <> ''`,
    );
    expect(counts[0]!.audited).to.equal(counts[0]!.events);
    const written = JSON.stringify(await entries("true", []));
    expect(written).to.not.include("tok_");
  });

  it("has every rejected access, and no other failed call", async () => {
    const [payer, otherUser] = [newUser(), newUser()];
    const payment = await operations().charge("tok_approve", payer);
    const transport = grpcTransport({ address: environment.addresses[0]!, retries: false });
    const headers = { "x-request-id": newId() };
    await failureOf(
      createClient(PaymentService, transport).getPayment({ paymentId: payment.id }, { headers }),
    );
    transport.close();
    const foreign = environment.payments(otherUser);
    await failureOf(foreign.getPayment({ paymentId: payment.id }, { headers }));
    await failureOf(foreign.getPayment({ paymentId: newId() }, { headers }));
    await failureOf(foreign.verifyAudit({}, { headers }));
    const request = { orderId: newId(), amount: price, idempotencyKey: newId() };
    const method = byToken("4242424242424242");
    await failureOf(foreign.processPayment({ ...request, method }, { headers }));

    const rejected = await eventually(async () => {
      const found = await entries("request_id = $1", [headers["x-request-id"]]);
      expect(found.length).to.be.at.least(4);
      return found;
    });
    const actor = `user:${otherUser}`;
    expect(
      rejected.map(({ actor, action, subject, result }) => [actor, action, subject, result]),
    ).to.deep.equal([
      ["anonymous", "PaymentService/GetPayment", "", "UNAUTHENTICATED"],
      [actor, "PaymentService/GetPayment", payment.id, "PAYMENT_NOT_FOUND"],
      [actor, "PaymentService/VerifyAudit", "", "PERMISSION_DENIED"],
      [actor, "PaymentService/ProcessPayment", "", "CARD_NUMBER_REFUSED"],
    ]);
    for (const { peer_address } of rejected) expect(peer_address).to.match(/^127\.0\.0\.1:\d+$/);
    expect(JSON.stringify(await entries("true", []))).to.not.include("4242424242424242");
  });

  it("has every change of a payment method once, and nothing of the card", async () => {
    const user = newUser();
    const requestId = newId();
    const headers = { "x-request-id": requestId };
    const [own, asShop] = [environment.payments(user), environment.payments(shop, "service", 1)];
    const add = { paymentToken: "tok_approve", idempotencyKey: "add" };
    const { paymentMethod: first } = await own.addPaymentMethod(add, { headers });
    expect((await own.addPaymentMethod(add, { headers })).idempotentReplay).to.equal(true);
    const more = { userId: user, paymentToken: "tok_slow", idempotencyKey: newId() };
    const { paymentMethod: second } = await asShop.addPaymentMethod(more, { headers });
    await own.setDefaultPaymentMethod({ paymentMethodId: second!.id }, { headers });
    await own.removePaymentMethod({ paymentMethodId: first!.id }, { headers });
    await failureOf(
      own.addPaymentMethod({ paymentToken: "tok_nobody_knows", idempotencyKey: newId() }, { headers }),
    );

    const audited = await entries("user_id = $1", [user]);
    expect(
      audited.map(({ actor, action, subject, result }) => [actor, action, subject, result]),
    ).to.deep.equal([
      [`user:${user}`, "PAYMENT_METHOD_ADDED", first!.id, "DEFAULT"],
      [`service:${shop}`, "PAYMENT_METHOD_ADDED", second!.id, "STORED"],
      [`user:${user}`, "PAYMENT_METHOD_MADE_DEFAULT", second!.id, "DEFAULT"],
      [`user:${user}`, "PAYMENT_METHOD_REMOVED", first!.id, "REMOVED"],
    ]);
    for (const { peer_address, request_id } of audited)
      expect([/^127\.0\.0\.1:\d+$/.test(String(peer_address)), request_id]).to.deep.equal([true, requestId]);
    expect(audited.map(({ details }) => details)).to.deep.equal(Array(4).fill("{}"));
  });

  it("has every started reconciliation, with actor, range and whether it repairs", async () => {
    const headers = { "x-request-id": newId() };
    const request = {
      createdAfter: timestampFromDate(new Date("2026-01-01T00:00:00Z")),
      createdBefore: timestampFromDate(new Date("2026-01-02T00:00:00Z")),
      repair: true,
      idempotencyKey: newId(),
    };
    const admin = environment.payments(shop, "admin");
    const { reconciliation } = await admin.startReconciliation(request, { headers });
    await admin.startReconciliation(request, { headers });
    const audited = await entries("subject = $1", [reconciliation!.id]);
    expect(audited.map(({ seq: _, at: __, peer_address: ___, ...entry }) => entry)).to.deep.equal([
      {
        actor: `admin:${shop}`,
        action: "RECONCILIATION_STARTED",
        subject: reconciliation!.id,
        user_id: "",
        result: "RUNNING",
        request_id: headers["x-request-id"],
        details: '{"from":"2026-01-01T00:00:00.000Z","until":"2026-01-02T00:00:00.000Z","repair":"yes"}',
      },
    ]);
    expect(audited[0]!.peer_address).to.match(/^127\.0\.0\.1:\d+$/);
  });
});
