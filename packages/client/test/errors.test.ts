import { newId } from "@till/ids";
import { expect } from "chai";
import {
  course,
  firstEdition,
  mentorHour,
  newUser,
  notebook,
  otherCourse,
} from "../../../test/support/fixtures.ts";
import { createTill, isTillError, priceChangesOf, TillError } from "../src/index.ts";
import { all, cut, errorOf, startClientSystem, type ClientSystem } from "./support/client-system.ts";

describe("An error of the client", () => {
  const unknownId = newId();
  let system: ClientSystem;
  before(async () => (system = await startClientSystem()));
  after(() => system.stop());

  const berlin = { regionCode: "DE", locality: "Berlin", addressLines: ["Invalidenstr. 1"] };
  const eur = (amount: string) => ({ currency: "EUR", amount });

  it("has the changed prices of PRICE_CHANGED, and is not retried", async () => {
    const error = await errorOf(
      system.as().orders.create({
        items: [{ courseId: course, unitPrice: eur("45.00") }, { courseId: otherCourse }],
        expectedTotal: eur("64.90"),
      }),
    );
    if (!isTillError(error, "PRICE_CHANGED")) throw error;
    expect(error.code).to.equal("ABORTED");
    expect(error.metadata["items[0].current"]).to.equal("49.00");
    expect(priceChangesOf(error)).to.have.deep.members([
      { itemIndex: 0, expected: "45.00", current: "49.00" },
      { itemIndex: undefined, expected: "64.90", current: "68.90" },
    ]);
  });

  it("says where there is no connection, in one sentence", async () => {
    const till = createTill({ token: "any", orderAddress: "127.0.0.1:1" });
    const error = await errorOf(till.orders.get(unknownId));
    till.close();
    expect(error).to.be.instanceOf(TillError).that.includes({ code: "UNAVAILABLE" });
    expect(error).to.have.property("message", "there is no connection: connect ECONNREFUSED 127.0.0.1:1");
  });

  it("lists the accepted price changes with the order instead", async () => {
    const order = await system.as().orders.create({
      items: [{ courseId: course, unitPrice: eur("45.00") }],
      acceptPriceChanges: true,
    });
    expect(order.priceChanges).to.deep.equal([
      { itemIndex: 0, expected: eur("45.00"), current: eur("49.00") },
    ]);
  });

  it("has the metadata that its reason has", async () => {
    const buyer = system.as();
    const tooMany = { items: [{ productId: firstEdition, quantity: 2 }], shippingAddress: berlin };
    const short = await errorOf(buyer.orders.create(tooMany));
    if (!isTillError(short, "OUT_OF_STOCK")) throw short;
    expect(short.metadata).to.deep.equal({
      id: firstEdition,
      [`${firstEdition}.wanted`]: "2",
      [`${firstEdition}.available`]: "1",
    });

    const full = await errorOf(buyer.sessions.book({ sessionId: mentorHour, seats: 2 }));
    if (!isTillError(full, "SESSION_FULL")) throw full;
    expect(full.metadata).to.include({ wanted: "2", available: "1" });

    const { id: orderId, total: amount } = await buyer.orders.create({ items: [{ courseId: course }] });
    const declined = await errorOf(buyer.payments.process({ orderId, amount, paymentToken: "tok_decline" }));
    if (!isTillError(declined, "PAYMENT_DECLINED")) throw declined;
    expect(declined.metadata).to.include({ failure_code: "insufficient_funds", retryable: "true" });

    await all(buyer.orders.watch(orderId, { until: ["PAYMENT_FAILED"] }));
    const early = await errorOf(buyer.orders.requestRefund(orderId, { reason: "none" }));
    if (!isTillError(early, "ILLEGAL_TRANSITION")) throw early;
    expect(early.metadata).to.include({ from: "PAYMENT_FAILED", to: "REFUND_REQUESTED" });
  });

  it("names the fields that break a rule", async () => {
    const error = await errorOf(
      system.as().orders.create({ items: [{ productId: notebook, quantity: 1000 }] }),
    );
    expect(error).to.be.instanceOf(TillError).with.property("reason", "INVALID_ARGUMENT");
    expect((error as TillError).violations.map(({ field }) => field)).to.deep.equal(["items[0].quantity"]);
  });

  it("rejects before the call what is not an amount", async () => {
    const buyer = system.as();
    const payment = { orderId: unknownId, paymentToken: "tok_approve" };
    const inFloats = { ...payment, amount: { currency: "EUR", amount: 49 as unknown as string } };
    for (const request of [
      inFloats,
      { ...payment, amount: eur("49.005") },
      { ...payment, amount: eur("a") },
    ]) {
      const error = await errorOf(buyer.payments.process(request));
      expect(error).to.include({ reason: "INVALID_ARGUMENT" });
      expect((error as TillError).violations[0]).to.include({ field: "amount" });
    }
  });

  it("has the id by which the call is found in the services' logs", async () => {
    const error = await errorOf(system.as().orders.get(unknownId, { requestId: "checkout-17" }));
    expect(error).to.include({ reason: "ORDER_NOT_FOUND", code: "NOT_FOUND", requestId: "checkout-17" });
    expect(await errorOf(system.as().orders.get(unknownId))).to.have.property("requestId").that.is.not.empty;
  });

  it("of a wrong token is UNAUTHENTICATED", async () => {
    const unknown = system.open({ token: "not-a-token" });
    expect(await errorOf(unknown.orders.get(unknownId))).to.include({ reason: "UNAUTHENTICATED" });
    const watching = unknown.orders.watch(unknownId)[Symbol.asyncIterator]();
    expect(await errorOf(watching.next())).to.include({ reason: "UNAUTHENTICATED" });
  });

  it("does not come where a token function has another token than the rejected one", async () => {
    const user = newUser();
    const good = await system.token(user);
    const contexts: unknown[] = [];
    const buyer = system.open({
      token(context) {
        contexts.push(context);
        return context.rejected === undefined ? "expired" : good;
      },
    });
    const { id } = await buyer.orders.create({ items: [{ courseId: course }] });
    expect(contexts).to.deep.equal([{}, { rejected: "expired" }]);
    for await (const { status } of buyer.orders.watch(id, { until: ["CREATED"] }))
      expect(status).to.equal("CREATED");
  });

  it("is the caller's own where the caller aborts", async () => {
    system.proxies.orders.muteResponses();
    const aborting = new AbortController();
    const call = system.as().orders.get(unknownId, { signal: aborting.signal });
    aborting.abort(new Error("the page was left"));
    expect(await errorOf(call)).to.equal(aborting.signal.reason);
    cut(system.proxies.orders);
  });

  it("is DEADLINE_EXCEEDED where no response comes in time", async () => {
    system.proxies.orders.muteResponses();
    const error = await errorOf(system.as().orders.get(unknownId, { timeoutMs: 200 }));
    expect(error).to.include({ reason: "DEADLINE_EXCEEDED", code: "DEADLINE_EXCEEDED" });
    cut(system.proxies.orders);
  });
});
