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

  it("returns PAYMENT_NOT_FOUND for another user's payment", async () => {
    const payment = await operations().charge();
    const error = await failureOf(
      environment.payments(newUser()).listPaymentEvents({ paymentId: payment.id }),
    );
    expect(reasonOf(error)).to.equal("PAYMENT_NOT_FOUND");
  });
});
