import { expect } from "chai";
import { v7 } from "uuid";
import { publishUnreadable } from "./support/poison.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";

describe("GetLag", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("counts what is parked, dead letters, and each topic's records that are not handled", async () => {
    const ops = environment.opsAs("admin");
    const topics = ["payment.events", "inventory.events"];
    const consumers = topics.map((topic) => ({ group: "till-order", topic, lag: 0n }));
    const before = await ops.getLag({});
    expect(before).to.deep.include({
      outboxRows: 0n,
      outboxAgeSeconds: 0,
      parkedEvents: 0n,
      deadLetters: 0n,
    });
    expect(before.consumers.map(({ group, topic, lag }) => ({ group, topic, lag }))).to.deep.equal(consumers);

    await publishUnreadable(environment);
    const body = {
      ...{ paymentId: v7(), orderId: v7(), userId: "someone" },
      ...{ amount: 10, currency: "EUR" },
    };
    await environment.publish("payment.processed", body.orderId, body);
    expect(await ops.getLag({})).to.include({ parkedEvents: 1n, deadLetters: 1n });
  });
});
