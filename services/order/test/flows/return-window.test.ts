import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import {
  historyOf,
  refusalOf,
  statusOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

const day = 24 * 60 * 60_000;

describe("The return window (C10)", () => {
  let till: StoryWorld;
  let now = new Date();
  before(async () => (till = await storyWorld({ now: () => now, env: { TILL_SWEEP_MS: "3600000" } })));
  beforeEach(() => (now = new Date()));
  after(() => till.stop());

  const pass = (days: number) => (now = new Date(now.getTime() + days * day));
  const request = (tale: Tale) => tale.buyer.requestRefund({ orderId: tale.orderId, reason: "too hard" });

  async function completed(): Promise<Tale> {
    const tale = await till.placePaid();
    await till.platform.updateOrderStatus({ orderId: tale.orderId, status: OrderStatus.COMPLETED });
    return tale;
  }

  it("C10 a completed course is given back within 14 days", async () => {
    const tale = await completed();
    pass(13.9);
    expect(await statusOf(request(tale))).to.equal("REFUND_REQUESTED");
  });

  it("C10 and not after: the refusal says until when it could have been", async () => {
    const tale = await completed();
    const until = new Date(now.getTime() + 14 * day).toISOString();
    pass(14);
    const { reason, metadata } = await refusalOf(request(tale));
    expect([reason, metadata]).to.deep.equal(["RETURN_WINDOW_CLOSED", { until }]);
    expect(await statusOf(tale)).to.equal("COMPLETED");
  });

  it("C10 a request made in time may still be granted, or made again after a rejection, when the window is over", async () => {
    const tale = await completed();
    await request(tale);
    await till.admin.rejectRefund({ orderId: tale.orderId, reason: "no" });
    pass(15);
    expect(await statusOf(request(tale))).to.equal("REFUND_REQUESTED");
    expect(await statusOf(till.admin.approveRefund({ orderId: tale.orderId }))).to.equal("REFUND_PENDING");
    expect((await historyOf(tale)).at(-1)).to.equal("REFUND_APPROVED > REFUND_PENDING");
  });

  it("C10 an order that is only paid has no window yet", async () => {
    const tale = await till.placePaid();
    pass(100);
    expect(await statusOf(request(tale))).to.equal("REFUND_REQUESTED");
  });
});
