import { Code, type ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { factsOf, failureOf, rejectionOf } from "../../../test/support/failure-of.ts";
import { course, courseLine, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { placeOrder } from "./support/stock-and-seats.ts";

describe("CreateOrder and what its user has bought or not yet paid", () => {
  let environment: OrderEnvironment;
  let user: string;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());
  beforeEach(() => (user = newUser()));

  const lines = [courseLine(course)];
  const buy = (items: object[] = lines, of = user) => placeOrder(environment.as(of), items);
  const pay = (orderId: string) =>
    environment.publish("payment.processed", orderId, {
      paymentId: v7(),
      orderId,
      userId: user,
      amount: 49,
      currency: "EUR",
    });

  it("places exactly one of 50 concurrent orders for a course, and rejects the others with its id", async () => {
    const client = environment.as(user);
    const calls = await Promise.allSettled(Array.from({ length: 50 }, () => placeOrder(client, lines)));
    const placed = calls.flatMap((call) => (call.status === "fulfilled" ? [call.value.order!.id] : []));
    expect(placed).to.have.lengthOf(1);
    const rejections = calls.flatMap((call) =>
      call.status === "rejected" ? [factsOf(call.reason as ConnectError)] : [],
    );
    const facts = { reason: "ORDER_IN_PROGRESS", metadata: { order_id: placed[0]!, id: course } };
    expect(rejections).to.deep.equal(Array(49).fill(facts));
    const rows = await environment.query("SELECT id FROM orders WHERE user_id = $1", [user]);
    expect(rows).to.deep.equal([{ id: placed[0] }]);
  });

  it("rejects a course while an unpaid order for it is open, with that order's id", async () => {
    const { order } = await buy();
    expect(await rejectionOf(buy([courseLine(newCourse()), ...lines]))).to.deep.equal({
      code: Code.AlreadyExists,
      reason: "ORDER_IN_PROGRESS",
      metadata: { order_id: order!.id, id: course },
    });
  });

  it("rejects a course once it is paid, with the id of the order", async () => {
    const { order } = await buy();
    await pay(order!.id);
    expect(await rejectionOf(buy())).to.deep.equal({
      code: Code.AlreadyExists,
      reason: "ALREADY_PURCHASED",
      metadata: { order_id: order!.id, id: course },
    });
  });

  it("places a course again once the earlier order is cancelled, and for other users at any time", async () => {
    const { order } = await buy();
    await buy(lines, newUser());
    await environment.as(user).cancelOrder({ orderId: order!.id, idempotencyKey: v7(), reason: "later" });
    const again = await buy();
    expect(again.order?.id).to.not.equal(order?.id);
  });

  it("places exactly 20 of 200 concurrent unpaid orders of a user", async () => {
    const calls = await Promise.allSettled(Array.from({ length: 200 }, () => buy([courseLine(newCourse())])));
    const reasons = calls.flatMap((call) =>
      call.status === "rejected" ? factsOf(call.reason as ConnectError).reason : [],
    );
    expect(reasons).to.deep.equal(Array(180).fill("RATE_LIMITED"));
  });

  it("rejects the 21st unpaid order of a user, until one is cancelled", async () => {
    const placed: string[] = [];
    for (let count = 0; count < 20; count += 1) placed.push((await buy([courseLine(newCourse())])).order!.id);
    const error = await failureOf(buy());
    expect([error.code, factsOf(error)]).to.deep.equal([
      Code.ResourceExhausted,
      { reason: "RATE_LIMITED", metadata: { limit: "20" } },
    ]);
    expect(Number(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds)).to.be.greaterThan(0);
    await buy(lines, newUser());
    await environment.as(user).cancelOrder({ orderId: placed[7]!, idempotencyKey: v7() });
    await buy();
  });
});
