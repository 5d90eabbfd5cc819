import { expect } from "chai";
import { redactor } from "./redact.ts";

describe("The doctor's messages", () => {
  it("show no secret that they quote", () => {
    const redact = redactor({
      DATABASE_URL: "postgres://till:p%40ss-word@db/till",
      TILL_SERVICE_TOKEN_URL: "https://id.example/token?client_secret=s3cret&role=service",
      TILL_STRIPE_SECRET_KEY: "sk_live_1",
      TILL_ENCRYPTION_KEYS: "key1:c2VjcmV0,key0:b2xkZXI=",
    });
    const shown = redact("till of the service, key1: p@ss-word, p%40ss-word, s3cret, sk_live_1, b2xkZXI=");
    expect(shown).to.equal("till of the service, key1: ***, ***, ***, ***, ***");
  });
});
