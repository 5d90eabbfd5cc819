import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo, shop } from "../../../test/support/fixtures.ts";
import { byToken, price } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ProcessPayment rejects", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  after(() => environment?.stop());

  const writtenFor = async (orderId: string) =>
    (await environment.query(`SELECT count(*)::int AS n FROM payment WHERE order_id = $1`, [orderId]))[0]?.n;

  it("another amount or currency than the order's, charges nothing and leaves the key unused", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    const wrong = [
      ["AMOUNT_MISMATCH", { ...price, units: 48n }, { expected: "49.00", got: "48.00" }],
      ["CURRENCY_MISMATCH", { ...price, currencyCode: "USD" }, { expected: "EUR", got: "USD" }],
    ] as const;
    for (const [reason, amount, facts] of wrong) {
      const error = await failureOf(environment.pay(orderId, "tok_approve", { key, amount }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.FailedPrecondition, reason]);
      expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.include(facts);
    }
    expect(await environment.ledger(orderId)).to.deep.equal([]);
    expect(environment.events(orderId)).to.deep.equal([]);

    const { payment, idempotentReplay } = await environment.pay(orderId, "tok_approve", { key });
    expect([payment!.status, idempotentReplay]).to.deep.equal([PaymentStatus.PROCESSED, false]);
  });

  it("another user's order like an unknown one", async () => {
    const orderId = await environment.placeOrder(ada);
    for (const id of [orderId, newId()]) {
      const error = await failureOf(environment.pay(id, "tok_approve", { user: bo }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
    }
    const [row] = await environment.query(`SELECT failure_code FROM payment WHERE order_id = $1`, [orderId]);
    expect(row).to.deep.equal({ failure_code: "ORDER_NOT_FOUND" });
    expect(await environment.ledger(orderId)).to.deep.equal([]);
    expect((await environment.orders().getOrder({ orderId })).order).to.include({
      version: 1n,
      failedPayments: 0,
    });
  });

  it("without leaving a payment: only the history, for admins and services, and the audit log have the attempt", async () => {
    const orderId = await environment.placeOrder();
    const owner = environment.payments(environment.payerOf(orderId));
    await failureOf(environment.pay(orderId, "tok_approve", { amount: { ...price, units: 48n } }));
    await failureOf(environment.pay(orderId, "tok_approve", { user: bo }));
    const rows = await environment.query(`SELECT id, user_id FROM payment WHERE order_id = $1`, [orderId]);
    expect(rows).to.have.length(2);
    const everybody = [environment.payments(shop, "admin"), owner, environment.payments(bo)];
    for (const payments of everybody) {
      expect((await payments.listPayments({ orderId })).payments).to.deep.equal([]);
      for (const paymentId of rows.map(({ id }) => String(id))) {
        const reads = [
          () => payments.getPayment({ paymentId }),
          () => payments.watchPayment({ paymentId })[Symbol.asyncIterator]().next(),
        ];
        for (const read of reads) expect(reasonOf(await failureOf(read()))).to.equal("PAYMENT_NOT_FOUND");
      }
    }
    for (const { id, user_id: user } of rows) {
      const request = { paymentId: String(id) };
      for (const role of ["admin", "service"] as const) {
        const { events } = await environment.payments(shop, role).listPaymentEvents(request);
        expect(events.map(({ type }) => type)).to.deep.equal(["PAYMENT_REQUESTED", "PAYMENT_REFUSED"]);
      }
      const own = environment.payments(String(user)).listPaymentEvents(request);
      expect(reasonOf(await failureOf(own))).to.equal("PAYMENT_NOT_FOUND");
      const history = await environment.query(
        `SELECT h.type, a.action FROM payment_event h
           JOIN audit_entry a ON a.subject = h.payment_id::text AND a.action = h.type
          WHERE h.payment_id = $1 ORDER BY h.version`,
        [id],
      );
      expect(history.map(({ type }) => type)).to.deep.equal(["PAYMENT_REQUESTED", "PAYMENT_REFUSED"]);
    }

    const { payment } = await environment.pay(orderId, "tok_approve");
    const { payments } = await owner.listPayments({ orderId });
    expect(payments.map(({ id }) => id)).to.deep.equal([payment!.id]);
  });

  it("a malformed request, and writes nothing", async () => {
    const orderId = await environment.placeOrder();
    const method = byToken("tok_approve");
    const right = { orderId, amount: price, method, idempotencyKey: "k" };
    const amount = (more: object) => ({ ...right, amount: { ...price, ...more } });
    const wrong = {
      "no key": [{ ...right, idempotencyKey: "" }, "IDEMPOTENCY_KEY_REQUIRED"],
      "a key with a blank": [{ ...right, idempotencyKey: "a b" }, "IDEMPOTENCY_KEY_INVALID"],
      "nothing to pay": [amount({ units: 0n }), "INVALID_ARGUMENT"],
      "less than nothing": [amount({ units: -49n }), "INVALID_ARGUMENT"],
      "half a cent": [amount({ nanos: 5_000_000 }), "INVALID_ARGUMENT"],
      "yen with decimals": [amount({ currencyCode: "JPY", nanos: 500_000_000 }), "INVALID_ARGUMENT"],
      "no such currency": [amount({ currencyCode: "XXQ" }), "INVALID_ARGUMENT"],
      "too much": [amount({ units: 2n ** 62n }), "INVALID_ARGUMENT"],
      "no order": [{ ...right, orderId: "x" }, "INVALID_ARGUMENT"],
      "a token with a NUL": [{ ...right, method: { ...method, value: "tok\0" } }, "INVALID_ARGUMENT"],
      "an empty token": [{ ...right, method: { ...method, value: "" } }, "INVALID_ARGUMENT"],
    } as const;
    for (const [name, [request, reason]] of Object.entries(wrong)) {
      const error = await failureOf(environment.payments().processPayment(request));
      expect([error.code, reasonOf(error)], name).to.deep.equal([Code.InvalidArgument, reason]);
    }
    expect(await writtenFor(orderId)).to.equal(0);
  });

  it("admins, who cannot pay", async () => {
    const orderId = await environment.placeOrder();
    const admin = await failureOf(environment.pay(orderId, "tok_approve", { role: "admin" }));
    expect([admin.code, reasonOf(admin)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
    expect(await writtenFor(orderId)).to.equal(0);
  });
});
