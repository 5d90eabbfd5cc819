import { expect } from "chai";
import { chargeWith, stripeKey as secretKey } from "../support/stripe-operation.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { stripeProvider } from "../../src/provider/stripe/stripe.ts";
import type { Provider } from "../../src/rules/provider.ts";

describe("The Stripe adapter, when Stripe fails", () => {
  let stripe: StripeStandIn;
  let provider: Provider;
  beforeEach(async () => {
    stripe = await stripeStandIn();
    provider = stripeProvider({ secretKey, apiUrl: stripe.url, timeoutMs: 2_000 });
  });
  afterEach(() => stripe.close());

  const posts = () => stripe.requests.filter(({ what }) => what.startsWith("POST"));

  const answer = (status: number, body: string): StripeStandIn["instead"] => {
    return (_, response) => {
      response.writeHead(status, { "content-type": "application/json" }).end(body);
      return true;
    };
  };
  const failing = (status: number, type: string, code?: string) =>
    answer(status, JSON.stringify({ error: { type, code, message: secretKey } }));

  const unknown: Record<string, StripeStandIn["instead"]> = {
    "an API error": failing(500, "api_error"),
    "a key in use": failing(409, "idempotency_error", "idempotency_key_in_use"),
    "a key of another request": failing(400, "idempotency_error"),
    "another payment": answer(200, JSON.stringify({ id: "pi_1", status: "succeeded", metadata: {} })),
  };
  for (const [what, instead] of Object.entries(unknown))
    it(`takes ${what} for unknown, without a second request`, async () => {
      const charge = chargeWith("pm_ok");
      stripe.instead = instead;
      expect(await provider.charge(charge)).to.include({ kind: "unknown" });
      expect(posts()).to.have.length(1);
      expect(await provider.find(charge)).to.include({ kind: "approved" });
    });

  const unsent: Record<string, StripeStandIn["instead"]> = {
    "too many requests": failing(429, "rate_limit_error"),
    "too many requests as a 400": failing(400, "invalid_request_error", "rate_limit"),
    "an invalid API key": failing(401, "authentication_error"),
    "a key without permission": failing(403, "permission_error"),
  };
  for (const [what, instead] of Object.entries(unsent))
    it(`returns unsent for ${what}, without its message`, async () => {
      stripe.instead = instead;
      const outcome = await provider.charge(chargeWith("pm_ok"));
      expect(outcome).to.include({ kind: "unsent" });
      expect(JSON.stringify(outcome)).to.not.include(secretKey);
    });
});
