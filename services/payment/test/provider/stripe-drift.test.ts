import { expect } from "chai";
import { stripeDashboard } from "../support/stripe-dashboard.ts";
import { chargeWith, eurMinor, operation, stripeKey as secretKey } from "../support/stripe-operation.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { stripeProvider } from "../../src/provider/stripe/stripe.ts";
import type { Charge, Provider } from "../../src/rules/provider.ts";

describe("The Stripe adapter finds", () => {
  let stripe: StripeStandIn;
  let provider: Provider;
  let charge: Charge;
  beforeEach(async () => {
    stripe = await stripeStandIn();
    provider = stripeProvider({ secretKey, apiUrl: stripe.url, timeoutMs: 10_000 });
    charge = chargeWith("pm_ok");
    await provider.charge(charge);
  });
  afterEach(() => stripe.close());
  const dashboard = () => stripeDashboard(stripe);
  const refunded = async () => {
    const found = await provider.find(charge);
    return "refunded" in found && found.refunded?.minorUnits;
  };
  const dispute = async () => {
    const found = await provider.find(charge);
    return "dispute" in found ? found.dispute : undefined;
  };

  it("as refunded what has succeeded, not what is pending or has failed since", async () => {
    expect(await refunded()).to.equal(0n);
    const pending = dashboard().refund("pi_1", 1_000, "pending");
    const made = ["1", "2"].map((one) => dashboard().refund("pi_1", 2_000 + Number(one)));
    expect(await refunded()).to.equal(4_003n);
    dashboard().failRefund(made[0]!.id);
    expect(await refunded()).to.equal(2_002n);
    pending.status = "succeeded";
    expect(await refunded()).to.equal(3_002n);
  });

  it("a refund of Till's that has failed after its success, with the reason or without", async () => {
    const refund = operation("refund", charge.paymentId, 1_000n);
    expect(await provider.refund(refund)).to.include({ kind: "succeeded" });
    dashboard().failRefund("re_1", "lost_or_stolen_card");
    expect(await provider.findOperation(refund)).to.include({ kind: "failed", code: "lost_or_stolen_card" });
    dashboard().failRefund("re_1", "");
    expect(await provider.findOperation(refund)).to.include({ kind: "failed", code: "failed" });
  });

  it("the refunded amount of a part that was captured", async () => {
    charge = chargeWith("pm_ok");
    await provider.authorize(charge);
    await provider.capture(operation("capture", charge.paymentId, 4_000n, 2));
    expect(await refunded()).to.equal(0n);
    dashboard().refund("pi_2", 1_500);
    expect(await refunded()).to.equal(1_500n);
  });

  const states = {
    needs_response: "NEEDS_RESPONSE",
    under_review: "UNDER_REVIEW",
    won: "WON",
    lost: "LOST",
    appeal_needs_response: "NEEDS_RESPONSE",
    appeal_under_review: "UNDER_REVIEW",
    prevented: "LOST",
  } as const;
  for (const [status, state] of Object.entries(states))
    it(`a dispute that is ${status} as ${state}, and counts its money as no refund`, async () => {
      const { id } = dashboard().move(dashboard().dispute("pi_1"), status);
      const found = await dispute();
      expect(found).to.deep.include({ id, state, reason: "fraudulent", amount: eurMinor(10_000n) });
      expect(found!.respondBy).to.be.greaterThan(new Date());
      expect(await refunded()).to.equal(0n);
    });

  it("no dispute in an inquiry, until it becomes a chargeback", async () => {
    const inquiry = dashboard().dispute("pi_1", "warning_needs_response");
    expect(await dispute()).to.equal(undefined);
    dashboard().move(inquiry, "warning_under_review");
    expect(await dispute()).to.equal(undefined);
    dashboard().move(inquiry, "warning_closed");
    expect(await dispute()).to.equal(undefined);
    dashboard().move(inquiry, "needs_response");
    expect(await dispute()).to.include({ state: "NEEDS_RESPONSE" });
  });

  it("the newest of several disputes, without a deadline where none is given", async () => {
    for (const status of ["lost", "won", "lost"]) dashboard().dispute("pi_1", status);
    dashboard().dispute("pi_1", "needs_response", { amount: 2_500, evidence_details: { due_by: 0 } });
    dashboard().dispute("pi_1", "warning_needs_response");
    expect(await dispute()).to.deep.include({
      ...{ id: "du_4", state: "NEEDS_RESPONSE", amount: eurMinor(2_500n), respondBy: undefined },
    });
  });

  it("all of the captured money disputed where the bank disputes in another currency", async () => {
    dashboard().dispute("pi_1", "needs_response", { amount: 1_600_000, currency: "jpy" });
    expect(await dispute()).to.deep.include({ amount: eurMinor(10_000n) });
  });
});
