import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { course } from "../../../test/support/fixtures.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
} from "./support/purchases.ts";

describe("payment.voided", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  const publishVoided = ({ orderId, userId }: Purchase, paymentId: string, capturedTotal: number) =>
    environment.publish("payment.voided", orderId, { paymentId, orderId, userId, capturedTotal });

  it("frees the slot, and another payment takes it", async () => {
    const purchase = await environment.place([course]);
    const [held, next] = [v7(), v7()];
    await environment.beginPayment(purchase, held);
    await publishVoided(purchase, v7(), 0);
    expect((await read(purchase)).paymentId, "another payment's slot is not freed").to.equal(held);
    await publishVoided(purchase, held, 0);
    expect(await read(purchase)).to.include({ status: OrderStatus.PAYMENT_PENDING, paymentId: "" });
    const { order } = await environment.beginPayment(purchase, next);
    expect(order).to.include({ status: OrderStatus.PAYMENT_PENDING, paymentId: next });
  });

  it("leaves the slot to a payment that was captured in part", async () => {
    const purchase = await environment.place([course]);
    const held = v7();
    await environment.beginPayment(purchase, held);
    await publishVoided(purchase, held, 20);
    expect((await read(purchase)).paymentId).to.equal(held);
  });
});
