import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { newUser, shop } from "../../../test/support/fixtures.ts";
import { paymentOperations } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ListPaymentEvents", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  it("returns a payment's history with actor, peer address and amount", async () => {
    const user = newUser();
    const payment = await operations().charge("tok_approve", user);
    await operations().refund(payment.id, { amount: 9 });
    const request = { paymentId: payment.id };
    const { events } = await environment.payments(shop, "admin").listPaymentEvents(request);
    expect(events[0]).to.include({ type: "PAYMENT_REQUESTED", version: 1n, actor: `user:${user}` });
    expect(events.map(({ version }) => version)).to.deep.equal(events.map((_, index) => BigInt(index + 1)));
    for (const event of events.filter(({ actor }) => /^(user|service):/.test(actor))) {
      expect(event.peerAddress).to.match(/^127\.0\.0\.1:\d+$/);
      expect(event.requestId).to.match(/./);
    }
    expect(events.some(({ amount }) => amount?.units === 9n)).to.equal(true);

    const own = (await environment.payments(user).listPaymentEvents(request)).events;
    expect(own.map(({ type }) => type)).to.deep.equal(events.map(({ type }) => type));
    expect(own[0]?.peerAddress).to.match(/^127/);
    expect(
      own.filter(({ actor }) => actor.startsWith("service:")).every(({ peerAddress }) => peerAddress === ""),
    ).to.equal(true);
  });

  it("returns a history in pages, and GetPayment the refunds", async () => {
    const user = newUser();
    const { id: paymentId } = await operations().charge("tok_approve", user);
    for (const amount of [1, 2, 3]) await operations().refund(paymentId, { amount });
    const client = environment.payments(user);
    const all = await client.listPaymentEvents({ paymentId });
    expect(all.nextPageToken).to.equal("");
    const types: string[] = [];
    let pageToken = "";
    do {
      const page = await client.listPaymentEvents({ paymentId, pageSize: 2, pageToken });
      types.push(...page.events.map(({ type }) => type));
      pageToken = page.nextPageToken;
    } while (pageToken);
    expect(types).to.deep.equal(all.events.map(({ type }) => type));
    const first = await client.getPayment({ paymentId, refundPageSize: 2 });
    const refundPageToken = first.nextRefundPageToken;
    const second = await client.getPayment({ paymentId, refundPageSize: 2, refundPageToken });
    const refunds = [...first.refunds, ...second.refunds];
    expect(refunds.map(({ amount }) => amount?.units)).to.deep.equal([1n, 2n, 3n]);
    expect([first.refunds.length, second.nextRefundPageToken]).to.deep.equal([2, ""]);
  });

  it("returns PAYMENT_NOT_FOUND for another user's payment", async () => {
    const payment = await operations().charge();
    const error = await failureOf(
      environment.payments(newUser()).listPaymentEvents({ paymentId: payment.id }),
    );
    expect(reasonOf(error)).to.equal("PAYMENT_NOT_FOUND");
  });
});
