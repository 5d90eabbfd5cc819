import { expect } from "chai";
import { paymentConfig } from "./config.ts";

describe("The payment service's settings", () => {
  it("let a payment be taken up again sixteen seconds after its process has died, later only for a slower provider", () => {
    expect(paymentConfig({}).policies.attemptMs).to.equal(16_000);
    expect(paymentConfig({ TILL_PSP_TIMEOUT_MS: "8000" }).policies.attemptMs).to.equal(19_000);
  });

  it("leave time to read an operation and to perform it", () => {
    const { operationMs, chargeMs } = paymentConfig({}).policies;
    expect([chargeMs, operationMs]).to.deep.equal([6_000, 13_000]);
  });
});
