import { expect } from "chai";
import { ada, bo, course, newCourse } from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment, placeEach } from "./support/purchases.ts";

describe("BatchGetOrders", () => {
  let environment: PurchaseEnvironment;
  let ids: string[];

  before(async () => {
    environment = await startPurchaseEnvironment();
    ids = await placeEach(environment.as(ada), [newCourse(), newCourse(), newCourse()]);
  });
  after(() => environment.stop());

  it("returns the caller's orders in the requested order, each once, and omits all others", async () => {
    const orderIds = [ids[2]!, course, ids[0]!, ids[2]!];
    const mine = await environment.as(ada).batchGetOrders({ orderIds });
    expect(mine.orders.map(({ id }) => id)).to.deep.equal([ids[2], ids[0]]);
    const theirs = await environment.as(bo).batchGetOrders({ orderIds });
    expect(theirs.orders).to.deep.equal([]);
  });
});
