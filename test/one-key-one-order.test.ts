import { expect } from "chai";
import { reasonOf } from "@till/rpc/errors";
import { Code, ConnectError } from "@connectrpc/connect";
import { eventually } from "./support/eventually.ts";
import { bo, course, newUser, courseLine } from "./support/fixtures.ts";
import { startCluster, type Cluster } from "./support/cluster.ts";

describe("One key makes one order, across replicas", function () {
  this.timeout(120_000);
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster?.stop());

  const items = [courseLine(course)];

  it("1,000 concurrent calls with one key and one payload: one order, one order.created, every answer the same", async () => {
    const user = newUser();
    const client = cluster.ordersAs(user);
    const topic = await cluster.listen("order.events");
    const create = async (): Promise<string> => {
      try {
        return (await client.createOrder({ items, idempotencyKey: "storm" })).order!.id;
      } catch (error) {
        if (error instanceof ConnectError && error.code === Code.Aborted) return create();
        throw error;
      }
    };
    const ids = new Set(await Promise.all(Array.from({ length: 1000 }, create)));
    expect(ids).to.have.lengthOf(1);
    const [orderId] = [...ids];
    const rows = await cluster.rows("till_order", "SELECT id FROM orders WHERE user_id = $1", [user]);
    expect(rows).to.deep.equal([{ id: orderId }]);
    const created = () =>
      topic.records.filter(({ key, headers }) => key === orderId && headers.ce_type === "order.created");
    await eventually(() => expect(created()).to.have.lengthOf(1), { timeoutMs: 60_000 });
    // A relay deletes its row once Kafka has the event, and then consumers have it already.
    const owed = () => cluster.rows("till_order", "SELECT 1 FROM outbox WHERE key = $1", [orderId]);
    await eventually(async () => expect(await owed()).to.deep.equal([]));
    expect(created()).to.have.lengthOf(1);
    await topic.close();
  });

  it("the same key for another payload is rejected at both replicas, for another user it is another order", async () => {
    const user = newUser();
    const { order } = await cluster.ordersAs(user).createOrder({ items, idempotencyKey: "k" });
    for (const replica of cluster.orders) {
      const client = cluster.orderReplicaAs(replica, user);
      const reused = await client
        .createOrder({ items, notes: "other", idempotencyKey: "k" })
        .catch((error: unknown) => error);
      expect(reasonOf(reused)).to.equal("IDEMPOTENCY_KEY_REUSED");
    }
    const theirs = await cluster.ordersAs(bo).createOrder({ items, idempotencyKey: "k" });
    expect(theirs.order?.id).to.not.equal(order?.id);
    const rows = await cluster.rows("till_order", "SELECT id FROM orders WHERE user_id = $1", [user]);
    expect(rows).to.have.lengthOf(1);
  });
});
