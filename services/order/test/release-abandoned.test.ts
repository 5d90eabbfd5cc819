import { Code, createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { initialStock } from "./support/fixtures.ts";
import { placeOrder } from "./support/stock-and-seats.ts";
import { stockOrders } from "./support/stock-orders.ts";

describe("The stock reservation of an order that was not created", () => {
  const { counts, environment, inventory, lines, user } = stockOrders();

  /** CreateOrder by a client that does not retry. */
  async function placeOnce() {
    const token = await environment().token(`user=${user()}`);
    const { address } = environment();
    const transport = grpcTransport({ address, token: () => Promise.resolve(token), retries: false });
    const placing = placeOrder(createClient(OrderService, transport), lines());
    return placing.finally(() => transport.close());
  }
  const intents = (orderId: string) =>
    environment().query("SELECT state FROM stock_intent WHERE order_id = $1", [orderId]);

  it("is released at once when the inventory's response is lost", async () => {
    let orderId = "";
    inventory().intercept((point) => {
      if (point.when !== "after Reserve") return;
      orderId = point.orderId;
      throw new Error("the response is lost");
    });
    const error = await failureOf(placeOnce());
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    expect(await counts()).to.deep.equal([initialStock, 0, 0]);
    expect(await intents(orderId)).to.deep.equal([]);
  });

  it("is released as soon as the inventory is available", async () => {
    let orderId = "";
    inventory().intercept((point) => {
      if (point.when === "before Reserve") return;
      orderId = point.orderId;
      throw new Error("unavailable");
    });
    await failureOf(placeOnce());
    expect(await counts()).to.deep.equal([initialStock - 2, 2, 0]);
    expect(await intents(orderId)).to.deep.equal([{ state: "RELEASING" }]);
    inventory().intercept(undefined);
    await environment().query("UPDATE stock_intent SET due_at = now()");
    await eventually(async () => expect(await intents(orderId)).to.deep.equal([]));
    expect(await counts()).to.deep.equal([initialStock, 0, 0]);
  });

  it("is never released under an order that is then created", async () => {
    const held = Promise.withResolvers<void>();
    let orderId = "";
    inventory().intercept((point) => {
      if (point.when !== "after Reserve" || orderId) return;
      orderId = point.orderId;
      return held.promise;
    });
    const placing = failureOf(placeOnce());
    await eventually(() => expect(orderId).to.not.equal(""));
    await environment().query("UPDATE stock_intent SET due_at = now() WHERE order_id = $1", [orderId]);
    await eventually(async () => expect(await counts()).to.deep.equal([initialStock, 0, 0]));
    held.resolve();
    expect(reasonOf(await placing)).to.equal("UPSTREAM_UNAVAILABLE");
    expect(await environment().query("SELECT 1 FROM orders WHERE user_id = $1", [user()])).to.deep.equal([]);
    expect(await counts()).to.deep.equal([initialStock, 0, 0]);
  });
});
