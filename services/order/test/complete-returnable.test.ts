import { expect } from "chai";
import { dayMs, withoutRecovery } from "./support/fixtures.ts";
import { placePhysical } from "./support/fulfilment.ts";
import { startOrderEnvironment } from "./support/order-service.ts";
import {
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
  untilStatus,
} from "./support/purchases.ts";

describe("The completion of delivered orders", () => {
  let environment: PurchaseEnvironment;
  let now = new Date();
  before(
    async () => (environment = await startPurchaseEnvironment({ now: () => now, env: withoutRecovery })),
  );
  beforeEach(() => (now = new Date()));
  after(() => environment.stop());

  const pass = (days: number) => (now = new Date(now.getTime() + days * dayMs));

  it("completes a delivered order when its return window is over", async () => {
    const purchase = await placePhysical(environment, "DELIVERED");
    const fresh = await placePhysical(environment, "DELIVERED");
    pass(15);
    await environment.query("UPDATE orders SET delivered_at = $2 WHERE id = $1", [fresh.orderId, now]);
    // Another replica, as this one looks once a minute.
    const replica = await startOrderEnvironment({
      env: { DATABASE_URL: environment.databaseUrl },
      now: () => now,
    });
    await untilStatus(purchase, "COMPLETED").finally(() => replica.stop());
    const { events } = await purchase.buyer.listOrderEvents(purchase);
    expect(events.at(-1)).to.include({ actor: "worker:complete", type: "ORDER_COMPLETED" });
    expect(await statusOf(fresh)).to.equal("DELIVERED");
  });
});
