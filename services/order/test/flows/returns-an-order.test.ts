import { expect } from "chai";
import { withoutRecovery } from "../support/fixtures.ts";
import { historyWithoutStock, moveTo, placePhysical } from "../support/fulfilment.ts";
import {
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
  untilStatus,
} from "../support/purchases.ts";

describe("A delivered order that is returned", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  it("is refunded by itself and ends in REFUNDED", async () => {
    const purchase = await placePhysical(environment, "DELIVERED");
    expect(await statusOf(moveTo(environment, purchase, "RETURNED", { reason: "wrong size" }))).to.equal(
      "RETURNED",
    );
    await untilStatus(purchase, "REFUND_PENDING");
    await environment.completeRefund(purchase);
    expect((await historyWithoutStock(purchase)).slice(-3)).to.deep.equal([
      "ORDER_RETURNED > RETURNED",
      "REFUND_STARTED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
    expect(await environment.eventDataOf(purchase, "order.returned")).to.have.lengthOf(1);
  });
});
