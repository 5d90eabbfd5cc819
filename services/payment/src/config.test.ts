import { expect } from "chai";
import { paymentConfig } from "./config.ts";

describe("The payment service's settings", () => {
  it("let a payment be taken up again twelve seconds after its process has died, later only for a slower provider", () => {
    expect(paymentConfig({}).policies.attemptMs).to.equal(12_000);
    expect(paymentConfig({ TILL_PSP_TIMEOUT_MS: "8000" }).policies.attemptMs).to.equal(15_000);
  });
});
