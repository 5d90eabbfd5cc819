import { newId } from "@till/ids";
import { money } from "@till/money";
import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { testDatabase } from "../../../test/support/database.ts";
import { migrations } from "../migrations/index.ts";
import { requestPayment } from "../src/rules/request-payment.ts";
import { openStore } from "../src/store/open-store.ts";

describe("The insertion of payments", () => {
  it("keeps its plan instead of planning each execution", async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const database = await testDatabase();
    const log = createLog({ service: "test", level: "silent" });
    const db = await connect({ url: database.url, migrations, log, poolSize: 1 });
    const limits = { perUser: 20, perCard: 10 };
    const store = openStore({ db, limits, newId, onEvents() {}, onChanged() {} });
    for (let made = 1; made <= 8; made++) await store.insert(newPayment());
    const plans = await db.pool.query(
      `SELECT generic_plans::integer AS kept, custom_plans::integer AS made FROM pg_prepared_statements
        WHERE name = 'insert_payments_within_limits'`,
    );
    // Five times Postgres plans for the parameters given, to compare.
    expect(plans.rows).to.deep.equal([{ kept: 3, made: 5 }]);
    await db.close();
    await database.drop();
  });
});

function newPayment() {
  const now = new Date();
  const userId = newId();
  const key = { callerId: userId, key: newId(), hash: "h" };
  const decision = requestPayment(
    {
      ...{ id: newId(), userId, orderId: newId(), amount: money("EUR", 4900n), method: "card" },
      ...{ paymentMethodId: undefined, captureMethod: "automatic", request: key },
      leaseExpiresAt: new Date(now.getTime() + 60_000),
    },
    { now, actor: `user:${userId}` },
  );
  return { key, decision, cardHash: newId() };
}
