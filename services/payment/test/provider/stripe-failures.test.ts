import { newId } from "@till/ids";
import { money } from "@till/money";
import { freePort } from "@till/embedded-postgres/free-port";
import { expect } from "chai";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { stripeProvider } from "../../src/provider/stripe/stripe.ts";
import type { Provider } from "../../src/rules/provider.ts";

const secretKey = "sk_test_0123456789";
const amount = money("EUR", 10_000n);

describe("Stripe in trouble", () => {
  let stripe: StripeStandIn;
  let provider: Provider;
  beforeEach(async () => {
    stripe = await stripeStandIn();
    provider = stripeProvider({ secretKey, apiUrl: stripe.url, timeoutMs: 2_000 });
  });
  afterEach(() => stripe.close());

  const chargeWith = (token: string) => ({ paymentId: newId(), orderId: newId(), amount, token });
  const posts = () => stripe.asked.filter(({ what }) => what.startsWith("POST"));

  const answer = (status: number, body: string): StripeStandIn["instead"] => {
    return (_, response) => {
      response.writeHead(status, { "content-type": "application/json" }).end(body);
      return true;
    };
  };
  const failing = (status: number, type: string, code?: string) =>
    answer(status, JSON.stringify({ error: { type, code, message: secretKey } }));

  const unknown: Record<string, StripeStandIn["instead"]> = {
    "its failure": failing(500, "api_error"),
    "the same key being at work": failing(409, "idempotency_error", "idempotency_key_in_use"),
    "a key that was used for something else": failing(400, "idempotency_error"),
    "a hang-up": (_, response) => (response.destroy(), true),
    "no answer": () => true,
    HTML: answer(200, "<html>"),
    "another payment": answer(200, JSON.stringify({ id: "pi_1", status: "succeeded", metadata: {} })),
    "a redirect": (_, response) => (response.writeHead(302, { location: "/v1/x" }).end(), true),
    "an endless answer": (_, response) => {
      response.writeHead(200);
      const more = () =>
        void (response.destroyed || response.write("x".repeat(1 << 20), () => setImmediate(more)));
      more();
      return true;
    },
  };
  for (const [what, instead] of Object.entries(unknown))
    it(`takes ${what} neither for a yes nor for a no, and does not ask again by itself`, async () => {
      const charge = chargeWith("pm_ok");
      stripe.instead = instead;
      expect(await provider.charge(charge)).to.include({ kind: "unknown" });
      expect(posts()).to.have.length(1);
      expect(await provider.find(charge)).to.include({ kind: "approved" });
    });

  const unsent: Record<string, StripeStandIn["instead"]> = {
    "being asked too often": failing(429, "rate_limit_error"),
    "not accepting our key": failing(401, "authentication_error"),
    "not allowing it to our key": failing(403, "permission_error"),
  };
  for (const [what, instead] of Object.entries(unsent))
    it(`has surely charged nothing for ${what}, and does not quote its message`, async () => {
      stripe.instead = instead;
      const outcome = await provider.charge(chargeWith("pm_ok"));
      expect(outcome).to.include({ kind: "unsent" });
      expect(JSON.stringify(outcome)).to.not.include(secretKey);
    });

  it("has surely charged nothing where nobody listens", async () => {
    const apiUrl = `http://127.0.0.1:${await freePort()}`;
    const nobody = stripeProvider({ secretKey, apiUrl, timeoutMs: 1_000 });
    expect(await nobody.charge(chargeWith("pm_ok"))).to.include({ kind: "unsent", isOutage: true });
    expect(await nobody.describeCard("pm_ok")).to.include({ kind: "unreachable" });
    const failure: unknown = await first(nobody).catch((error: unknown) => error);
    expect(failure).to.be.an("error").with.property("name", "ProviderUnreachable");
  });
});

async function first(provider: Provider): Promise<void> {
  for await (const _ of provider.ledger({ from: new Date(0), until: new Date() })) return;
}
