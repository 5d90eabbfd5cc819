import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { anyCourse } from "../support/order-world.ts";
import {
  eur,
  historyOf,
  read,
  reasonOf,
  refusalOf,
  statusOf,
  storyWorld,
  type StoryWorld,
} from "../support/flow-world.ts";

const hour = 60 * 60_000;

describe("Expiry (C9)", () => {
  let till: StoryWorld;
  let now: () => Date;
  before(async () => {
    const env = { TILL_ORDER_EXPIRY_SECONDS: "60", TILL_PAYMENT_GRACE_SECONDS: "600", TILL_SWEEP_MS: "20" };
    till = await storyWorld({ env, now: () => now() });
  });
  beforeEach(() => (now = () => new Date()));
  after(() => till.stop());

  const later = (ms: number) => {
    const at = Date.now() + ms;
    now = () => new Date(at);
  };
  const minutes = (count: number) => later(count * 60_000);

  it("C9 an unpaid order whose time is over is cancelled by the sweeper, with reason EXPIRED", async () => {
    const course = anyCourse();
    const created = await till.place([course]);
    const failed = await till.place([anyCourse()]);
    await till.decline(failed);
    minutes(2);
    for (const tale of [created, failed]) {
      await eventually(async () => (await statusOf(tale)) === "CANCELLED");
      expect(await read(tale)).to.include({ cancelReason: "EXPIRED" });
      const [body] = await till.bodiesOf(tale, "order.cancelled");
      expect(body).to.include({ reason: "EXPIRED", status: "cancelled" });
      const { events } = await tale.buyer.listOrderEvents(tale);
      expect(events.at(-1)).to.include({ actor: "worker:expire", reason: "EXPIRED" });
    }
    const again = await till.place([course], created.userId);
    expect(await statusOf(again)).to.equal("CREATED");
  });

  it("C9 an order that is paid in time never expires", async () => {
    const paid = await till.placePaid();
    const overdue = await till.place();
    later(hour);
    await eventually(async () => (await statusOf(overdue)) === "CANCELLED");
    expect(await statusOf(paid)).to.equal("PAID");
  });

  it("C9 a payment under way is waited for, by the sweeper and by ExpireOrder, and pays the order", async () => {
    const pending = await till.place();
    await till.begin(pending);
    const overdue = await till.place();
    minutes(2);
    await eventually(async () => (await statusOf(overdue)) === "CANCELLED");
    expect(await statusOf(pending)).to.equal("PAYMENT_PENDING");
    const { reason, metadata } = await refusalOf(till.platform.expireOrder(pending));
    expect([reason, metadata.order_id]).to.deep.equal(["PAYMENT_IN_PROGRESS", pending.orderId]);
    await till.pay(pending);
    expect(await statusOf(pending)).to.equal("PAID");
  });

  it("C9 a payment that nobody hears of again is not waited for for ever: its money would go back", async () => {
    const tale = await till.place();
    await till.begin(tale);
    minutes(12);
    await eventually(async () => (await statusOf(tale)) === "CANCELLED");
    const [body] = await till.bodiesOf(tale, "order.cancelled");
    expect(body).to.include({ reason: "EXPIRED", paymentId: tale.paymentId });
    await till.pay(tale);
    expect((await historyOf(tale)).at(-1)).to.equal("LATE_PAYMENT > CANCELLED");
    expect((await read(tale)).captured).to.include(eur(0));
  });

  it("C9 ExpireOrder does the same at once, for services and admins alone, and once", async () => {
    const tale = await till.place();
    const { orderId } = tale;
    expect(await reasonOf(tale.buyer.expireOrder({ orderId }))).to.equal("PERMISSION_DENIED");
    const { order } = await till.platform.expireOrder({ orderId });
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: "EXPIRED" });
    expect((await till.admin.expireOrder({ orderId })).order).to.deep.equal(order);
    expect(await till.bodiesOf(tale, "order.cancelled")).to.have.lengthOf(1);
  });

  it("C9 an order whose time is over can be paid or retried no more, even before it is swept", async () => {
    const quiet = await storyWorld({ env: { TILL_SWEEP_MS: "3600000" }, now: () => now() });
    try {
      const tale = await quiet.place();
      const failed = await quiet.place();
      await quiet.decline(failed);
      later(hour);
      expect(await reasonOf(quiet.begin(tale))).to.equal("ORDER_NOT_PAYABLE");
      expect(await reasonOf(failed.buyer.retryPayment(failed))).to.equal("ORDER_NOT_PAYABLE");
    } finally {
      await quiet.stop();
    }
  });
});
