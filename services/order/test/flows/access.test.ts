import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { anyCourse } from "../support/order-world.ts";
import { courseLine, home, notebook, productLine } from "../support/shopping.ts";
import { eur, refund, statusOf, storyWorld, type StoryWorld, type Tale } from "../support/flow-world.ts";

describe("Access to courses (spec section 2, invariants)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  const revokedBy = async (tale: Tale, type: string) =>
    (await till.bodiesOf(tale, type)).map(({ revokedCourseIds }) => revokedCourseIds);

  it("is granted for each course when the order is paid", async () => {
    const courses = [anyCourse(), anyCourse()];
    const [confirmed] = await till.bodiesOf(await till.placePaid(courses), "order.confirmed");
    expect(confirmed?.courseIds).to.deep.equal(courses);
  });

  it("ends for the courses that are refunded", async () => {
    const courses = [anyCourse(), anyCourse()];
    const tale = await till.placePaid(courses);
    await refund(till, tale);
    expect(await revokedBy(tale, "order.refunded")).to.deep.equal([courses]);
  });

  it("stays where the course was bought again since its line was refunded", async () => {
    const [kept, again] = [anyCourse(), anyCourse()];
    const first = await till.placePaid([kept, again]);
    await refund(till, first, { items: [{ itemId: first.itemIds[1]!, amount: eur(10) }] });
    await till.placePaid([again], first.userId);
    await refund(till, first);
    expect(await statusOf(first)).to.equal("REFUNDED");
    expect(await revokedBy(first, "order.refunded")).to.deep.equal([[again], [kept]]);
  });

  it("ends when a paid order is cancelled, and stays where the course is bought again before the money is back", async () => {
    const course = anyCourse();
    const first = await till.placePaid([course]);
    await first.buyer.cancelOrder(first);
    expect(await revokedBy(first, "order.cancelled")).to.deep.equal([[course]]);
    await till.placePaid([course], first.userId);
    await eventually(async () => (await statusOf(first)) === "REFUND_PENDING");
    await till.refunded(first);
    expect(await statusOf(first)).to.equal("REFUNDED");
    expect(await revokedBy(first, "order.refunded")).to.deep.equal([[]]);
  });

  it("ends when the order is returned", async () => {
    const course = anyCourse();
    const lines = [courseLine(course), productLine(notebook)];
    const tale = await till.paid(await till.placeLines(lines, undefined, { shippingAddress: home }));
    const { orderId } = tale;
    for (const status of ["READY_TO_SHIP", "SHIPPED", "RETURNED"] as const)
      await till.platform.updateOrderStatus({ orderId, status: OrderStatus[status] });
    expect(await revokedBy(tale, "order.returned")).to.deep.equal([[course]]);
  });

  it("was never granted, and so is not ended, where an unpaid order is cancelled", async () => {
    const tale = await till.place();
    await tale.buyer.cancelOrder(tale);
    expect(await revokedBy(tale, "order.cancelled")).to.deep.equal([[]]);
  });
});
