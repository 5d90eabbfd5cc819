import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import { startPaymentEnvironment, type PaymentEnvironment } from "./support/payment-service.ts";

describe("The payment service on a database that becomes read-only", () => {
  let environment: PaymentEnvironment;
  let name: string;
  before(async () => {
    environment = await startPaymentEnvironment({ env: { TILL_RESOLVE_AFTER_SECONDS: "1" } });
    name = new URL(environment.env.DATABASE_URL!).pathname.slice(1);
  });
  after(() => environment.stop());

  /** For every connection but the tests', as after a failover. */
  async function setDefault(setting: string): Promise<void> {
    await environment.query(`ALTER DATABASE ${name} ${setting}`);
    await environment.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
      [name],
    );
  }

  it("calls a payment that is being charged PAYMENT_UNKNOWN, and a new one UNAVAILABLE", async () => {
    const [orderId, other] = [await environment.placeOrder(), await environment.placeOrder()];
    const release = environment.psp.holdResponses();
    const charged = environment.psp.requestCounts["POST"] ?? 0;
    const paying = rejectionOf(environment.pay(orderId));
    await eventually(() => expect(environment.psp.requestCounts["POST"]).to.equal(charged + 1));
    await setDefault("SET default_transaction_read_only = on");
    release();
    expect(await paying).to.include({ code: Code.Unavailable, reason: "PAYMENT_UNKNOWN" });
    expect(await rejectionOf(environment.pay(other))).to.include({ code: Code.Unavailable });
    await setDefault("RESET default_transaction_read_only");
    await environment.query(
      `UPDATE payment SET lease_expires_at = now(), check_at = now() WHERE status = 'PENDING'`,
    );
    await environment.untilOrder(orderId, "PAID");
    expect((await environment.ledger(orderId)).map(({ type }) => type)).to.deep.equal(["charge"]);
  });
});
