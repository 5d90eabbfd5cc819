import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { promptRecovery } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("The recovery worker", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: promptRecovery,
      replicas: 2,
    });
  });
  after(() => environment?.stop());

  it("syncs a charge whose response was lost", async () => {
    const orderIds = await Promise.all(Array.from({ length: 10 }, () => environment.placeOrder()));
    const pay = (orderId: string) => failureOf(environment.pay(orderId, "tok_timeout_after_charge"));
    const errors = await Promise.all(orderIds.map(pay));
    expect(new Set(errors.map(reasonOf))).to.deep.equal(new Set(["PAYMENT_UNKNOWN"]));
    for (const orderId of orderIds) {
      await environment.untilOrder(orderId, "PAID");
      expect(await environment.ledger(orderId)).to.have.length(1);
      const events = environment.events(orderId);
      expect(events).to.have.length(1);
      expect(events[0]!.traceparent, "a trace begins at the recovery worker").to.match(/^00-[0-9a-f]{32}-/);
    }
  });

  it("fails a payment that the provider never received, so that the order can be paid", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    await failureOf(environment.pay(orderId, "tok_timeout_before_charge", { key }));
    await environment.untilOrder(orderId, "PAYMENT_FAILED");
    const again = await failureOf(environment.pay(orderId, "tok_timeout_before_charge", { key }));
    expect(reasonOf(again)).to.equal("PAYMENT_DECLINED");
    await environment.pay(orderId);
    await environment.untilOrder(orderId, "PAID");
  });

  it("does not fail a payment while the provider is unreachable", async () => {
    const orderId = await environment.placeOrder();
    await failureOf(environment.pay(orderId, "tok_timeout_before_charge"));
    let reads = 0;
    environment.psp.intercept((request, response) => {
      if (request.method === "GET") reads += 1;
      response.destroy();
      return true;
    });
    const [row] = await eventually(async () => {
      const rows = await environment.query(
        `SELECT status, version FROM payment
          WHERE order_id = $1 AND updated_at < now() - interval '1.5 s'`,
        [orderId],
      );
      expect(rows).to.have.length(1);
      expect(reads).to.be.greaterThan(6);
      return rows;
    });
    expect(row).to.deep.equal({ status: "UNKNOWN", version: 2 });
    environment.psp.intercept(undefined);
    await environment.untilOrder(orderId, "PAYMENT_FAILED");
  });
});
