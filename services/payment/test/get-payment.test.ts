import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc";
import { failureOf } from "../../../test/support/failure-of.ts";
import { bo, paymentWorld, shop, type PaymentWorld } from "./payment-world.ts";

describe("GetPayment", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld();
  });
  after(() => world?.stop());

  it("shows a payment to its payer, to admins and to services", async () => {
    const { payment } = await world.pay(await world.place());
    const paymentId = payment!.id.toUpperCase();
    for (const client of [world.payments(), world.payments(bo, "admin"), world.payments(shop, "service")]) {
      expect((await client.getPayment({ paymentId })).payment).to.deep.equal(payment);
    }
  });

  it("shows why a payment failed", async () => {
    const orderId = await world.place();
    await failureOf(world.pay(orderId, "tok_decline"));
    const [row] = await world.rows(`SELECT id FROM payment WHERE order_id = $1`, [orderId]);
    const { payment } = await world.payments().getPayment({ paymentId: String(row!.id) });
    expect(payment).to.include({
      status: PaymentStatus.FAILED,
      failureCode: "insufficient_funds",
      failureReason: "The card has too little money.",
      transactionId: "",
    });
    expect(payment!.captured).to.include({ units: 0n, nanos: 0 });
  });

  it("does not know a payment that is somebody else's or nobody's", async () => {
    const { payment } = await world.pay(await world.place());
    for (const paymentId of [payment!.id, newId()]) {
      const error = await failureOf(world.payments(bo).getPayment({ paymentId }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "PAYMENT_NOT_FOUND"]);
    }
  });
});
