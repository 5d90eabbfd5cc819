import { expect } from "chai";
import { judge, stripeMock } from "../../../../test/support/stripe-mock.ts";
import { stripeDashboard } from "../support/stripe-dashboard.ts";
import { chargeWith, operation, stripeKey as secretKey } from "../support/stripe-operation.ts";
import { stripeStandIn } from "../support/stripe-stand-in.ts";
import { stripeProvider } from "../../src/provider/stripe/stripe.ts";

/** The stand-in has every request judged, in each test that uses it: closing it throws where one is rejected. */
describe("Stripe's description of its API", () => {
  before(function () {
    if (stripeMock()) return;
    console.error("    stripe-mock is not installed: no request to Stripe is judged");
    this.skip();
  });

  it("accepts each request that the adapter makes", async () => {
    const stripe = await stripeStandIn();
    const options = { secretKey, apiUrl: stripe.url, timeoutMs: 10_000 };
    const provider = stripeProvider({ ...options, returnUrl: "https://shop.test/back" });
    const charge = chargeWith("cus_7/pm_saved");
    await provider.charge(charge);
    await stripeProvider(options).charge(chargeWith("pm_3ds"));
    const held = chargeWith("pm_multi");
    await provider.authorize(held);
    const part = operation("capture", held.paymentId, 4_000n, 3);
    const operations = [
      ...[part, operation("capture", held.paymentId, 6_000n, 3)],
      ...[operation("void", held.paymentId, 1n, 3), operation("refund", charge.paymentId, 1_000n)],
    ];
    for (const one of operations) {
      await provider[one.kind](one);
      await provider.findOperation(one);
    }
    stripeDashboard(stripe).dispute("pi_1");
    const { paymentId } = charge;
    const attemptedSince = new Date();
    for (const ref of [{ transactionId: "pi_1" }, {}, { attemptedSince }])
      expect(await provider.find({ paymentId, ...ref })).to.include({ kind: "approved" });
    await provider.findPaymentId("pi_1");
    await provider.describeCard("cus_7/pm_saved");
    const entries: string[] = [];
    for await (const { type } of provider.ledger({ from: new Date(0), until: inAMinute() }))
      entries.push(type);
    expect(entries).to.include.members(["charge", "authorize", "capture", "refund"]);
    const kinds = new Set(stripe.requests.map(({ what }) => what.replaceAll(/(pi|pm)_\w+/g, ":id")));
    expect([...kinds]).to.have.members([
      ...["POST /payment_intents", "GET /payment_intents", "GET /payment_intents/search"],
      ...[
        "GET /payment_intents/:id",
        "POST /payment_intents/:id/capture",
        "POST /payment_intents/:id/cancel",
      ],
      ...["POST /refunds", "GET /refunds", "GET /disputes", "GET /charges", "GET /payment_methods/:id"],
    ]);
    await stripe.close();
  });

  it("rejects a parameter and a path that it does not have", async () => {
    const contentType = "application/x-www-form-urlencoded";
    const intent = { method: "POST", url: "/v1/payment_intents", contentType };
    expect(await judge({ ...intent, body: "amount=100&currency=eur" })).to.equal(undefined);
    expect(await judge({ ...intent, body: "amount=100&currency=eur&nonsense=1" })).to.include("HTTP 400");
    const get = { method: "GET", contentType: undefined, body: "" };
    expect(await judge({ ...get, url: "/v1/disputes?nonsense=1" })).to.include("HTTP 400");
    expect(await judge({ ...get, url: "/v1/nonsense" })).to.include("HTTP 404");
  });
});

const inAMinute = () => new Date(Date.now() + 60_000);
