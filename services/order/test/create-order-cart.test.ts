import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { berlin, courseLine, eur, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("CreateOrder of a cart alone", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());

  const create = (cartId: string, more: object = {}, user = newUser()) =>
    environment.as(user).createOrder({ cartId, shippingAddress: berlin, idempotencyKey: v7(), ...more });
  const namesOf = (order: Awaited<ReturnType<typeof create>>["order"]) =>
    order!.items.map(({ name, quantity }) => `${quantity} ${name}`);

  it("buys what the catalogue has in it, with the cart's discount", async () => {
    const { order } = await create("sale-1", { expectedTotal: eur(22.5) });
    expect(namesOf(order)).to.deep.equal(["2 Dotted Notebook"]);
    expect(order).to.include({ cartId: "sale-1" });
    expect(order!.discount).to.include(eur(2.5));
    expect(order!.total).to.include(eur(22.5));
  });

  it("buys courses, seats and products together", async () => {
    const { order } = await create("cart-1");
    expect(namesOf(order)).to.have.members([
      "1 SQL You Can Reason About",
      "2 Code Review Clinic",
      "1 Canvas Bag",
    ]);
  });

  it("is the same request under its key, and another one than that with items", async () => {
    const user = newUser();
    const idempotencyKey = v7();
    const { order } = await create("sale-1", { idempotencyKey }, user);
    const again = await create("sale-1", { idempotencyKey }, user);
    expect([again.order!.id, again.idempotentReplay]).to.deep.equal([order!.id, true]);
    const other = create("sale-1", { idempotencyKey, items: [courseLine(newCourse())] }, user);
    expect(await rejectionReason(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("is rejected for an unknown cart, without an address for its goods, and without a cart", async () => {
    const { reason, metadata } = await rejectionOf(create("no-such-cart"));
    expect([reason, metadata]).to.deep.equal(["CART_NOT_FOUND", { id: "no-such-cart" }]);
    const unaddressed = create("sale-1", { shippingAddress: undefined });
    expect(await rejectionReason(unaddressed)).to.equal("SHIPPING_ADDRESS_REQUIRED");
    expect(await rejectionReason(create(""))).to.equal("INVALID_ARGUMENT");
  });
});
