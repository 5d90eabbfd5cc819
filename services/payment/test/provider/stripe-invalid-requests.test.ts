import { Code } from "@connectrpc/connect";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { repeatWhile } from "../../../../test/support/repeat-while.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { courseLine, eur, newCourse } from "../../../../test/support/fixtures.ts";
import { withoutRecovery } from "../support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";
import { chargeWith, operation, stripeKey as secretKey, withStripe } from "../support/stripe-operation.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { openProvider } from "../../src/provider/open-provider.ts";
import type { Provider } from "../../src/rules/provider.ts";

type StripeError = { readonly code?: string; readonly param?: string; readonly message?: string };

/** Errors of a request or configuration of Till's: no card is at fault. */
const invalid: Record<string, StripeError> = {
  "an unknown parameter": { code: "parameter_unknown", param: "payment_method" },
  "a missing parameter": { code: "parameter_missing", param: "currency" },
  "a missing return URL": { message: "you must provide a `return_url`" },
  "an object of the other mode": { code: "livemode_mismatch" },
  "a payment method of the other mode": {
    code: "resource_missing",
    param: "payment_method",
    message:
      "No such PaymentMethod: 'pm_1'; a similar object exists in live mode, but a test mode key was used",
  },
  "an account without card payments": { code: "payment_method_unactivated" },
  "an unsupported currency": { param: "currency", message: "Invalid currency: xyz" },
};

describe("A request that Stripe rejects as such", () => {
  let stripe: StripeStandIn;
  beforeEach(async () => {
    stripe = await stripeStandIn();
  });
  afterEach(() => stripe.close());

  function rejectNext(error: StripeError): void {
    const body = { error: { type: "invalid_request_error", message: secretKey, ...error } };
    stripe.instead = (_, response) => {
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(body));
      return true;
    };
  }

  describe("in the adapter", () => {
    let provider: Provider;
    let logged: string[];
    const metrics = () => createMetrics({ service: "test" });
    let registry: ReturnType<typeof metrics>;
    beforeEach(() => {
      logged = [];
      registry = metrics();
      const destination = { write: (line: string) => void logged.push(line) };
      const settings = {
        kind: "stripe" as const,
        ...{
          secretKey,
          apiUrl: stripe.url,
          timeoutMs: 2_000,
          returnUrl: undefined,
          webhookSecret: undefined,
        },
      };
      const log = createLog({ service: "test", level: "warn", destination });
      provider = openProvider({ settings, circuitFailures: 1, retryMs: 1_000, log, metrics: registry });
    });
    const alerts = async () => {
      const metric = await registry.getSingleMetric("payment_provider_invalid_request_total")!.get();
      return metric.values.map(({ labels, value }) => `${labels.call} ${value}`);
    };

    for (const [what, error] of Object.entries(invalid))
      it(`is no decline but an alert, sent once: ${what}`, async () => {
        rejectNext(error);
        expect(await provider.charge(chargeWith("pm_ok"))).to.include({ kind: "unsent" });
        expect(stripe.requests).to.have.length(1);
        expect(await alerts()).to.deep.equal(["charge 1"]);
        expect(logged.map((line) => (JSON.parse(line) as { level: unknown }).level)).to.deep.equal(["error"]);
        expect(logged.join()).to.not.include(secretKey);
        // The circuit is closed: other payers' cards may be charged.
        expect(await provider.charge(chargeWith("pm_ok"))).to.include({ kind: "approved" });
      });

    it("is no failed operation, nor an unknown card", async () => {
      const charge = chargeWith("pm_ok");
      await provider.charge(charge);
      const refund = operation("refund", charge.paymentId, 1_000n);
      rejectNext({ code: "parameter_unknown", param: "metadata" });
      expect(await provider.refund(refund)).to.include({ kind: "unsent" });
      rejectNext({ code: "livemode_mismatch" });
      expect(await provider.describeCard("cus_7/pm_saved")).to.include({ kind: "unreachable" });
      rejectNext({ code: "resource_missing", message: "a similar object exists in live mode" });
      expect(await provider.find(charge)).to.include({ kind: "unsent" });
      expect(await alerts()).to.have.members(["refund 1", "describe_card 1", "find 1"]);
    });

    it("differs from an operation that the payment's state does not allow", async () => {
      const charge = chargeWith("pm_ok");
      await provider.charge(charge);
      const tooMuch = operation("refund", charge.paymentId, 10_001n);
      expect(await provider.refund(tooMuch)).to.include({ kind: "failed" });
      expect(await alerts()).to.deep.equal([]);
    });
  });

  describe("in ProcessPayment", () => {
    let environment: PaymentEnvironment;
    beforeEach(async function () {
      if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
      environment = await startPaymentEnvironment({
        env: {
          ...withoutRecovery,
          ...withStripe(stripe),
          TILL_MAX_ATTEMPTS_PER_USER_HOUR: "1",
        },
      });
    });
    afterEach(() => environment?.stop());

    it("is UPSTREAM_UNAVAILABLE, counts as no attempt of the buyer's, and is repeated under the same key", async () => {
      const [orderId, key] = [await environment.placeOrder(), newId()];
      rejectNext({ code: "parameter_unknown", param: "payment_method_options" });
      const error = await failureOf(environment.pay(orderId, "pm_ok", { key }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
      const user = environment.payerOf(orderId);
      const items = [courseLine(newCourse())];
      const { order } = await environment.orders(user).createOrder({ items, idempotencyKey: newId() });
      const other = await environment.pay(order!.id, "pm_ok", { user, amount: eur(10) });
      expect(other.payment!.status).to.equal(PaymentStatus.PROCESSED);
      // The recovery worker may have the lease meanwhile.
      const { payment } = await repeatWhile(["REQUEST_IN_PROGRESS"], () =>
        environment.pay(orderId, "pm_ok", { key }),
      );
      expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    });
  });
});
