import { expect } from "chai";
import { paymentConfig } from "../config.ts";

describe("The settings of the payment provider", () => {
  it("are the sandbox's, with its webhooks closed, by default", () => {
    const { provider, webhookPort } = paymentConfig({});
    expect(provider).to.include({
      kind: "sandbox",
      url: "http://127.0.0.1:8090/psp/v1",
      webhookSecret: undefined,
    });
    expect(webhookPort).to.equal(8081);
  });

  it("demand a key for Stripe, and never show one", () => {
    const env = { TILL_PROVIDER: "stripe", TILL_STRIPE_WEBHOOK_SECRET: "short" };
    expect(() => paymentConfig({ TILL_PROVIDER: "stripe" })).to.throw("TILL_STRIPE_SECRET_KEY is missing");
    expect(() => paymentConfig(env))
      .to.throw("TILL_STRIPE_WEBHOOK_SECRET")
      .with.property("message")
      .not.include("short");
    const { provider } = paymentConfig({ TILL_PROVIDER: "stripe", TILL_STRIPE_SECRET_KEY: "sk_live_1" });
    expect(provider).to.include({ kind: "stripe", apiUrl: "https://api.stripe.com", secretKey: "sk_live_1" });
  });
});
