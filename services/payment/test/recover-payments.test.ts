import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { paymentWorld, type PaymentWorld } from "./support/payment-service.ts";

describe("The payment service by itself", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: {
        TILL_PSP_TIMEOUT_MS: "2000",
        TILL_RESOLVE_AFTER_SECONDS: "0.3",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "0.6",
        TILL_GIVE_UP_SECONDS: "1",
      },
      replicas: 2,
    });
  });
  after(() => world?.stop());

  it("finds out that a charge without an answer was made", async () => {
    const orderIds = await Promise.all(Array.from({ length: 10 }, () => world.place()));
    const pay = (orderId: string) => failureOf(world.pay(orderId, "tok_timeout_after_charge"));
    const errors = await Promise.all(orderIds.map(pay));
    expect(new Set(errors.map(reasonOf))).to.deep.equal(new Set(["PAYMENT_UNKNOWN"]));
    for (const orderId of orderIds) {
      await world.untilOrder(orderId, "PAID");
      expect(await world.ledger(orderId)).to.have.length(1);
      const events = world.events(orderId);
      expect(events).to.have.length(1);
      expect(events[0]!.traceparent, "a trace begins at the janitor").to.match(/^00-[0-9a-f]{32}-/);
    }
  });

  it("gives up a payment the provider never heard of, so that the order can be paid", async () => {
    const orderId = await world.place();
    const key = newId();
    await failureOf(world.pay(orderId, "tok_timeout_before_charge", { key }));
    await world.untilOrder(orderId, "PAYMENT_FAILED");
    const again = await failureOf(world.pay(orderId, "tok_timeout_before_charge", { key }));
    expect(reasonOf(again)).to.equal("PAYMENT_DECLINED");
    await world.pay(orderId);
    await world.untilOrder(orderId, "PAID");
  });

  it("does not give up while the provider cannot be asked", async () => {
    const orderId = await world.place();
    await failureOf(world.pay(orderId, "tok_timeout_before_charge"));
    let asked = 0;
    world.psp.misbehave((request, response) => {
      if (request.method === "GET") asked += 1;
      response.destroy();
      return true;
    });
    const [row] = await eventually(async () => {
      const rows = await world.rows(
        `SELECT status, version FROM payment
          WHERE order_id = $1 AND updated_at < now() - interval '1.5 s'`,
        [orderId],
      );
      expect(rows).to.have.length(1);
      expect(asked).to.be.greaterThan(6);
      return rows;
    });
    expect(row).to.deep.equal({ status: "UNKNOWN", version: 2 });
    world.psp.misbehave(undefined);
    await world.untilOrder(orderId, "PAYMENT_FAILED");
  });
});
