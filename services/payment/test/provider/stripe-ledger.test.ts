import { expect } from "chai";
import { stripeDashboard } from "../support/stripe-dashboard.ts";
import { chargeWith, operation, stripeKey as secretKey } from "../support/stripe-operation.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { stripeProvider } from "../../src/provider/stripe/stripe.ts";
import type { LedgerEntry, Provider } from "../../src/rules/provider.ts";

describe("The Stripe adapter's ledger", () => {
  let stripe: StripeStandIn;
  let provider: Provider;
  beforeEach(async () => {
    stripe = await stripeStandIn();
    provider = stripeProvider({ secretKey, apiUrl: stripe.url, timeoutMs: 10_000 });
  });
  afterEach(() => stripe.close());
  const dashboard = () => stripeDashboard(stripe);

  async function entries(): Promise<LedgerEntry[]> {
    const listed: LedgerEntry[] = [];
    const [from, until] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    for await (const entry of provider.ledger({ from, until })) listed.push(entry);
    return listed;
  }
  const lines = async () =>
    (await entries()).map(({ type, amount, cause }) =>
      [type, amount.minorUnits, ...(cause ? [cause] : [])].join(" "),
    );

  it("has the charges, captures and refunds of all pages, with Till's ids", async () => {
    const charges = ["pm_ok", "pm_ok", "pm_stolen_card", "pm_ok"].map((token) => chargeWith(token));
    for (const charge of charges) await provider.charge(charge);
    const held = chargeWith("pm_multi");
    await provider.authorize(held);
    const captures = [4_000n, 6_000n].map((units) => operation("capture", held.paymentId, units, 5));
    for (const capture of captures) await provider.capture(capture);
    const refunds = [1_000n, 2_000n, 3_000n].map((units) =>
      operation("refund", charges[0]!.paymentId, units),
    );
    for (const refund of refunds) await provider.refund(refund);
    const listed = await entries();
    const texts = listed.map(({ type, key, amount }) => `${type} ${key} ${amount.minorUnits}`);
    expect(texts).to.have.members([
      ...[0, 1, 3].map((index) => `charge ${charges[index]!.paymentId} 10000`),
      `authorize ${held.paymentId} 10000`,
      ...captures.map(({ id, amount }) => `capture ${id} ${amount.minorUnits}`),
      ...refunds.map(({ id, amount }) => `refund ${id} ${amount.minorUnits}`),
    ]);
    expect(new Set(listed.map(({ id }) => id)).size).to.equal(listed.length);
    expect(listed.find(({ type }) => type === "refund")).to.include({ orderId: charges[0]!.orderId });
  });

  it("has no refund that is pending or has failed", async () => {
    await provider.charge(chargeWith("pm_ok"));
    const { id } = dashboard().refund("pi_1", 1_000, "pending");
    const failing = dashboard().refund("pi_1", 2_000);
    expect(await lines()).to.have.members(["charge 10000", "refund 2000"]);
    dashboard().failRefund(failing.id);
    stripe.refunds.find((one) => one.id === id)!.status = "succeeded";
    expect(await lines()).to.have.members(["charge 10000", "refund 1000"]);
  });

  it("has captures and refunds that were made in the dashboard", async () => {
    const held = chargeWith("pm_multi");
    await provider.authorize(held);
    await provider.capture(operation("capture", held.paymentId, 4_000n));
    dashboard().capture("pi_1");
    dashboard().refund("pi_1", 9_000);
    expect(await lines()).to.have.members([
      ...["authorize 10000", "capture 4000", "capture 6000", "refund 9000"],
    ]);
  });

  it("has the void of a canceled authorization, and of the rest of a part that was captured", async () => {
    await provider.authorize(chargeWith("pm_ok"));
    dashboard().cancel("pi_1");
    expect(await lines()).to.have.members(["authorize 10000", "void 10000"]);
    const held = chargeWith("pm_ok");
    await provider.authorize(held);
    await provider.capture(operation("capture", held.paymentId, 4_000n, 2));
    const isSecond = ({ paymentId }: LedgerEntry) => paymentId === held.paymentId;
    const second = (await entries())
      .filter(isSecond)
      .map(({ type, amount }) => `${type} ${amount.minorUnits}`);
    expect(second).to.have.members(["authorize 10000", "capture 4000", "void 6000"]);
  });

  it("has no refund for an amount that was authorized and never captured", async () => {
    const held = chargeWith("pm_ok");
    await provider.authorize(held);
    await provider.capture(operation("capture", held.paymentId, 4_000n));
    Object.assign(dashboard().refund("pi_1", 6_000), { balance_transaction: null });
    expect(await lines()).to.have.members(["authorize 10000", "capture 4000", "void 6000"]);
    await provider.authorize(chargeWith("pm_ok"));
    dashboard().cancel("pi_2");
    Object.assign(dashboard().refund("pi_2", 10_000), { reason: "expired_uncaptured_charge" });
    expect((await lines()).filter((line) => line.startsWith("refund"))).to.deep.equal([]);
  });

  it("has the money that disputes withdrew and reinstated, and nothing of inquiries", async () => {
    for (const status of ["needs_response", "won", "lost", "warning_needs_response"]) {
      await provider.charge(chargeWith("pm_ok"));
      const dispute = dashboard().dispute(`pi_${stripe.intents.length}`);
      if (status.startsWith("warning_")) Object.assign(dispute, { status, balance_transactions: [] });
      else dashboard().move(dispute, status);
    }
    const disputed = (await lines()).filter((line) => line !== "charge 10000");
    expect(disputed).to.have.members([
      ...["refund 10000 dispute", "refund 10000 dispute", "refund 10000 dispute"],
      "charge 10000 dispute_won",
    ]);
  });

  it("has nothing of the account's other applications", async () => {
    await provider.charge(chargeWith("pm_ok"));
    dashboard().refund("pi_1", 1_000);
    dashboard().dispute("pi_1");
    stripe.intents[0]!.metadata = {};
    expect(await lines()).to.deep.equal([]);
  });
});
