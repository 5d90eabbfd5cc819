import { expect } from "chai";
import { newId } from "@till/ids";
import { paymentOperations } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("The payment service's database", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  after(() => environment?.stop());

  const violatedConstraint = async (sql: string, params: unknown[]) =>
    environment.query(sql, params).then(
      () => "nothing",
      (error: { constraint?: string }) => error.constraint ?? "another failure",
    );

  it("rejects impossible sums", async () => {
    const operations = paymentOperations(environment);
    const { id } = await operations.authorize();
    await operations.capture(id, { amount: 30 });
    await environment.query(`UPDATE payment SET capture_pending_minor = 1900 WHERE id = $1`, [id]);
    for (const change of [
      "capture_pending_minor = 1901",
      "captured_minor = 3001",
      "refunded_minor = 3001",
      "refund_pending_minor = 3001",
      "refunded_minor = 1500, refund_pending_minor = 1501",
      "authorized_minor = 4901",
      "authorized_minor = 4899",
      "capture_pending_minor = -1",
      "refund_pending_minor = -1",
      "status = 'PENDING'",
      "status = 'REFUNDED'",
      "status = 'REQUIRES_ACTION'",
    ]) {
      const constraint = await violatedConstraint(`UPDATE payment SET ${change} WHERE id = $1`, [id]);
      expect(constraint, change).to.match(/^payment_/);
    }
  });

  it("accepts one operation a key, one a scope, and one pending void", async () => {
    const { id, userId, orderId } = await paymentOperations(environment).authorize();
    const insert = (more: Record<string, string>) => {
      const given = {
        ...{
          user_id: userId,
          id: newId(),
          payment_id: id,
          order_id: orderId,
          kind: "refund",
          status: "PENDING",
        },
        ...{
          currency: "EUR",
          amount_minor: "1",
          reason: "",
          check_at: "now",
          created_at: "now",
          updated_at: "now",
        },
        ...more,
      };
      const names = Object.keys(given);
      const places = names.map((_, index) => `$${index + 1}`);
      return violatedConstraint(
        `INSERT INTO operation (${names.join()}) VALUES (${places.join()})`,
        Object.values(given),
      );
    };
    // Not due, so that the recovery worker does not perform them.
    const far = { check_at: "2100-01-01" };
    const key = { ...far, caller_id: newId(), idempotency_key: "k", request_hash: "h" };
    const cases = [
      [key, "operation_by_key"],
      [{ ...far, scope: "orphaned:1" }, "operation_by_scope"],
      [{ ...far, kind: "void" }, "operation_void_under_way"],
    ] as const;
    for (const [row, constraint] of cases) {
      expect([await insert(row), await insert(row)]).to.deep.equal(["nothing", constraint]);
    }
    expect(await insert({ ...far, amount_minor: "0" })).to.match(/check/);
    expect(await insert({ ...far, payment_id: newId() })).to.match(/fkey/);
  });
});
