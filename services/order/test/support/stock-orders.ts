import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { bo, newProduct, newUser, productLine } from "../../../../test/support/fixtures.ts";
import { appError } from "../../src/rules/errors.ts";
import { fastRecovery } from "./fixtures.ts";
import { type CallPoint, type InventoryProxy, startInventoryProxy } from "./inventory-proxy.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./order-service.ts";
import { placeOrder, stockOf } from "./stock-and-seats.ts";

/**
 * The set-up of tests of stock reservations: an order service behind a proxy of the inventory, and a user and a product
 * for each test.
 */
export function stockOrders() {
  let inventory: InventoryProxy;
  let environment: OrderEnvironment;
  let user: string;
  let product: string;
  before(async () => {
    inventory = await startInventoryProxy();
    environment = await startOrderEnvironment({
      env: { TILL_INVENTORY_ADDRESS: inventory.address, ...fastRecovery },
    });
    await inventory.connect(environment.sandbox);
  });
  after(async () => {
    await environment?.stop();
    await inventory?.close();
  });
  beforeEach(() => {
    user = newUser();
    product = newProduct();
  });
  afterEach(() => inventory.intercept(undefined));

  const publishPayment = (type: string, orderId: string, more: object = {}) => {
    const data = { paymentId: v7(), orderId, userId: user, amount: 10, currency: "EUR", ...more };
    return environment.publish(type, orderId, data);
  };
  /** The types of the history's entries about stock. */
  const story = async (orderId: string, about = /^(STOCK|INVENTORY)_/) =>
    (await environment.as(user).listOrderEvents({ orderId })).events
      .map(({ type }) => type)
      .filter((type) => about.test(type));

  return {
    environment: () => environment,
    inventory: () => inventory,
    user: () => user,
    /** Two units of the product, EUR 10.00. */
    lines: () => [productLine(product, 2)],
    /** Places an order of these lines. */
    order: async (): Promise<string> =>
      (await placeOrder(environment.as(user), [productLine(product, 2)])).order!.id,
    publishPayment,
    paid: (orderId: string) => publishPayment("payment.processed", orderId),
    cancel: (orderId: string) =>
      environment.as(bo, "admin").cancelOrder({ orderId, idempotencyKey: v7(), reason: "test" }),
    story,
    until: (orderId: string, entry: string) =>
      eventually(async () => expect(await story(orderId)).to.include(entry)),
    readOrder: async (orderId: string) => (await environment.as(user).getOrder({ orderId })).order!,
    /** The product's stock: available, reserved, committed. */
    counts: async () => {
      const { available, reserved, committed } = (await stockOf(environment, product))!;
      return [available, reserved, committed];
    },
    callsOf: (orderId: string, when: CallPoint["when"]) =>
      inventory.calls.filter((point) => point.orderId === orderId && point.when === when).length,
    /** The order's row, as far as it is about stock. */
    storedStock: async (orderId: string) => {
      const [row] = await environment.query("SELECT stock_state, stock_due FROM orders WHERE id = $1", [
        orderId,
      ]);
      return row;
    },
  };
}

/** What the proxy throws while the inventory is away. */
export function inventoryAway(): never {
  throw appError("UPSTREAM_UNAVAILABLE", "inventory cannot be reached, try again", {
    upstream: "inventory",
    cause: new Error("unavailable"),
  });
}
