import { timestampFromDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Payment } from "@till/gen/till/payment/v1/payment_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { payOf, refundOf } from "./support/ledger-payments.ts";
import { freshUser } from "./support/fresh-user.ts";
import { paymentWorld, shop, type PaymentWorld } from "./support/payment-service.ts";

describe("ListPayments", () => {
  let world: PaymentWorld;
  const [mine, other] = [freshUser(), freshUser()];
  let failed: Payment;
  let taken: Payment;
  let refunded: Payment;
  let others: Payment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld();
    const orderId = await world.place(mine);
    await failureOf(world.pay(orderId, "tok_decline", { user: mine }));
    await world.untilOrder(orderId, "PAYMENT_FAILED");
    taken = (await world.pay(orderId, "tok_approve", { user: mine })).payment!;
    failed = (await world.payments(mine).listPayments({ statuses: ["failed"] })).payments[0]!;
    others = await payOf(world, other);
    refunded = await payOf(world, freshUser());
    await refundOf(world, refunded.id, 9);
  });
  after(() => world?.stop());

  const ids = (list: { payments: readonly Payment[] }) => list.payments.map(({ id }) => id);
  const asShop = () => world.payments(shop, "service");

  it("gives a user its own payments, newest first", async () => {
    for (const userId of ["", mine.toUpperCase()])
      expect(ids(await world.payments(mine).listPayments({ userId }))).to.deep.equal([taken.id, failed.id]);
  });

  it("refuses a user somebody else's", async () => {
    const error = await failureOf(world.payments(mine).listPayments({ userId: other }));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
    expect(ids(await world.payments(mine).listPayments({ orderId: others.orderId }))).to.deep.equal([]);
  });

  it("gives services and admins everybody's, by order, user, status and time", async () => {
    expect(ids(await asShop().listPayments({}))).to.deep.equal([refunded.id, others.id, taken.id, failed.id]);
    expect(ids(await asShop().listPayments({ orderId: taken.orderId }))).to.deep.equal([taken.id, failed.id]);
    expect(ids(await asShop().listPayments({ userId: other }))).to.deep.equal([others.id]);
    expect(ids(await asShop().listPayments({ statuses: ["refunded", "FAILED"] }))).to.deep.equal([
      refunded.id,
      failed.id,
    ]);
    const at = timestampFromDate(new Date(timestampMs(others.createdAt!)));
    expect(ids(await asShop().listPayments({ createdAfter: at }))).to.deep.equal([refunded.id, others.id]);
    expect(ids(await asShop().listPayments({ createdBefore: at }))).to.deep.equal([taken.id, failed.id]);
    expect(ids(await asShop().listPayments({ statuses: ["voided"] }))).to.deep.equal([]);
  });

  it("goes on page by page until the last, with a token that is good for its own list only", async () => {
    const pages: string[][] = [];
    let pageToken = "";
    do {
      const page = await asShop().listPayments({ pageSize: 3, pageToken });
      pages.push(ids(page));
      pageToken = page.nextPageToken;
      if (pageToken) {
        const error = await failureOf(asShop().listPayments({ userId: mine, pageToken }));
        expect(reasonOf(error)).to.equal("INVALID_ARGUMENT");
      }
    } while (pageToken);
    expect(pages).to.deep.equal([[refunded.id, others.id, taken.id], [failed.id]]);
  });

  it("names what it does not understand", async () => {
    const error = await failureOf(asShop().listPayments({ statuses: ["failed", "' OR true --"] }));
    expect(error.rawMessage).to.include("statuses[1]");
    const never = asShop().listPayments({ createdAfter: { seconds: 10n ** 15n, nanos: 0 } });
    expect((await failureOf(never)).rawMessage).to.include("created_after");
  });
});

describe("ListPaymentEvents", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld();
  });
  after(() => world?.stop());

  it("tells a payment's history with who, from where, and how much", async () => {
    const user = freshUser();
    const payment = await payOf(world, user);
    await refundOf(world, payment.id, 9);
    const asked = { paymentId: payment.id };
    const { events } = await world.payments(shop, "admin").listPaymentEvents(asked);
    expect(events[0]).to.include({ type: "PAYMENT_REQUESTED", version: 1n, actor: `user:${user}` });
    expect(events.map(({ version }) => version)).to.deep.equal(events.map((_, index) => BigInt(index + 1)));
    for (const event of events.filter(({ actor }) => /^(user|service):/.test(actor))) {
      expect(event.origin).to.match(/^127\.0\.0\.1:\d+$/);
      expect(event.requestId).to.match(/./);
    }
    expect(events.some(({ amount }) => amount?.units === 9n)).to.equal(true);

    const own = (await world.payments(user).listPaymentEvents(asked)).events;
    expect(own.map(({ type }) => type)).to.deep.equal(events.map(({ type }) => type));
    expect(own[0]?.origin).to.match(/^127/);
    expect(
      own.filter(({ actor }) => actor.startsWith("service:")).every(({ origin }) => origin === ""),
    ).to.equal(true);
  });

  it("does not know somebody else's payment", async () => {
    const payment = await payOf(world, freshUser());
    const error = await failureOf(world.payments(freshUser()).listPaymentEvents({ paymentId: payment.id }));
    expect(reasonOf(error)).to.equal("PAYMENT_NOT_FOUND");
  });
});
