import { newId } from "@till/ids";
import { money } from "@till/money";
import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { testDatabase } from "../../../test/support/database.ts";
import { tablesReadWhole } from "../../../test/support/kept-plan.ts";
import { migrations } from "../migrations/index.ts";
import { beginPayment } from "../src/rules/pay.ts";
import { placeOrder } from "../src/rules/place-order.ts";
import { openStore } from "../src/store/open-store.ts";

const context = { now: new Date(), actor: "user:ada" };

describe("The order service's plan", () => {
  it("of a change reads no table as a whole, though it is made while the tables are nearly empty", async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const database = await testDatabase();
    const log = createLog({ service: "test", level: "silent" });
    const db = await connect({ url: database.url, migrations, log, poolSize: 1 });
    const hooks = { onEvents() {}, onDue() {}, onChanged() {} };
    const store = openStore({ db, newId, maxUnpaidOrders: 20, ...hooks });
    const placed = Array.from({ length: 50 }, newOrder);
    for (const decision of placed) {
      const key = { callerId: decision.order.userId, key: newId(), hash: "h" };
      await store.insert({ key, decision, traceparent: "" });
    }
    await db.pool.query("ANALYZE orders");
    for (const { order } of placed.slice(0, 8)) {
      const payment = { paymentId: newId(), userId: order.userId, amount: order.total };
      await store.update({ id: order.id, decide: (current) => beginPayment(current, payment, context) });
    }
    expect(await tablesReadWhole(db, "save_changes_by_version")).to.deep.equal([]);
    await db.close();
    await database.drop();
  });
});

function newOrder() {
  const price = money("EUR", 4900n);
  const line = {
    kind: "DIGITAL_COURSE",
    ...{ id: newId(), refId: newId(), name: "Course", quantity: 1 },
    ...{ unitPrice: price, refunded: money("EUR", 0n) },
    priceSnapshot: { offerId: undefined, title: "Course", capturedAt: context.now },
  } as const;
  const expiresAt = new Date(context.now.getTime() + 600_000);
  return placeOrder(
    { id: newId(), userId: newId(), currency: "EUR", details: {}, expiresAt, items: [line] },
    context,
  );
}
