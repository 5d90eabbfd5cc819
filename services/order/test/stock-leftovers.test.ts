import { createClient, Code } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { inventoryDoor, type InventoryDoor } from "./support/inventory-server.ts";
import { buyer, orderWorld, type OrderWorld } from "./support/order-world.ts";
import { anyProduct, place, productLine, stockOf } from "./support/shopping.ts";

const plenty = 1_000_000;

describe("Stock that was set aside for an order that did not come to be", () => {
  let door: InventoryDoor;
  let world: OrderWorld;
  let user: string;
  let product: string;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    door = await inventoryDoor();
    world = await orderWorld({ env: { TILL_INVENTORY_ADDRESS: door.address, TILL_SWEEP_MS: "50" } });
    await door.open(world.sandbox);
  });
  after(async () => {
    await world?.stop();
    await door?.close();
  });
  beforeEach(() => {
    user = buyer();
    product = anyProduct();
  });
  afterEach(() => door.misbehave(undefined));

  const counts = async () => {
    const { available, reserved, committed } = (await stockOf(world, product))!;
    return [available, reserved, committed];
  };
  /** Places an order without trying again by itself. */
  async function placeOnce() {
    const token = await world.token(`user=${user}`);
    const { address } = world;
    const transport = grpcTransport({ address, token: () => Promise.resolve(token), retries: false });
    const placing = place(createClient(OrderService, transport), [productLine(product, 2)]);
    return placing.finally(() => transport.close());
  }
  const intents = (orderId: string) =>
    world.rows("SELECT state FROM stock_intent WHERE order_id = $1", [orderId]);

  it("goes back at once when the inventory's answer is lost", async () => {
    let orderId = "";
    door.misbehave((moment) => {
      if (moment.when !== "after Reserve") return;
      orderId = moment.orderId;
      throw new Error("the answer is lost");
    });
    const error = await failureOf(placeOnce());
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    expect(await counts()).to.deep.equal([plenty, 0, 0]);
    expect(await intents(orderId)).to.deep.equal([]);
  });

  it("goes back as soon as the inventory is there to take it", async () => {
    let orderId = "";
    door.misbehave((moment) => {
      if (moment.when === "before Reserve") return;
      orderId = moment.orderId;
      throw new Error("away");
    });
    await failureOf(placeOnce());
    expect(await counts()).to.deep.equal([plenty - 2, 2, 0]);
    expect(await intents(orderId)).to.deep.equal([{ state: "RELEASING" }]);
    door.misbehave(undefined);
    await world.rows("UPDATE stock_intent SET due_at = now()");
    await eventually(async () => expect(await intents(orderId)).to.deep.equal([]));
    expect(await counts()).to.deep.equal([plenty, 0, 0]);
  });

  it("is not pulled from under an order that is being placed, nor is an order placed without it", async () => {
    const held = Promise.withResolvers<void>();
    let orderId = "";
    door.misbehave((moment) => {
      if (moment.when !== "after Reserve" || orderId) return;
      orderId = moment.orderId;
      return held.promise;
    });
    const placing = failureOf(placeOnce());
    await eventually(() => expect(orderId).to.not.equal(""));
    await world.rows("UPDATE stock_intent SET due_at = now() WHERE order_id = $1", [orderId]);
    await eventually(async () => expect(await counts()).to.deep.equal([plenty, 0, 0]));
    held.resolve();
    expect(reasonOf(await placing)).to.equal("UPSTREAM_UNAVAILABLE");
    expect(await world.rows("SELECT 1 FROM orders WHERE user_id = $1", [user])).to.deep.equal([]);
    expect(await counts()).to.deep.equal([plenty, 0, 0]);
  });
});
