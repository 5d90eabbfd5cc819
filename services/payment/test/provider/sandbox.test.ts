import { newId } from "@till/ids";
import { money } from "@till/money";
import { freePort } from "@till/embedded-postgres/free-port";
import { startSandbox, type Sandbox } from "@till/sandbox";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { sandboxProvider } from "../../src/provider/sandbox.ts";
import type { LedgerEntry, ProviderOperation, Provider } from "../../src/rules/provider.ts";

describe("The sandbox's provider adapter", () => {
  let sandbox: Sandbox;
  let provider: Provider;
  before(async () => {
    const log = createLog({ service: "test", level: "silent" });
    const metrics = createMetrics({ service: "test" });
    sandbox = await startSandbox({ host: "127.0.0.1", grpcPort: 0, httpPort: 0, log, metrics });
    provider = sandboxProvider({ url: sandbox.pspUrl, timeoutMs: 2_000 });
  });
  after(() => sandbox?.close());

  const eur = (minorUnits: bigint) => money("EUR", minorUnits);
  const chargeWith = (token: string, minorUnits = 10_000n) => ({
    paymentId: newId(),
    orderId: newId(),
    amount: eur(minorUnits),
    token,
  });
  async function hold(minorUnits = 10_000n) {
    const charge = chargeWith("tok_approve", minorUnits);
    const held = await provider.authorize(charge);
    if (held.kind !== "authorized") throw new Error(held.kind);
    const operation = (kind: ProviderOperation["kind"], units: bigint): ProviderOperation => {
      const { paymentId } = charge;
      return { kind, id: newId(), paymentId, transactionId: held.transactionId, amount: eur(units) };
    };
    return { charge, held, operation };
  }

  it("charges once, however often the call is repeated", async () => {
    const charge = chargeWith("tok_approve");
    const first = await provider.charge(charge);
    expect(first).to.deep.include({ kind: "approved", amount: eur(10_000n), authorized: eur(10_000n) });
    expect(first)
      .to.have.nested.property("card.last4")
      .that.matches(/^\d{4}$/);
    expect(await provider.charge(charge)).to.deep.equal(first);
    const found = await provider.find(charge);
    expect(found).to.deep.include({ kind: "approved", captured: eur(10_000n), refunded: eur(0n) });
  });

  it("authorizes, captures in parts and voids the rest", async () => {
    const { charge, held, operation } = await hold();
    expect(held).to.deep.include({ kind: "authorized", amount: eur(10_000n) });
    const part = operation("capture", 4_000n);
    const captured = await provider.capture(part);
    expect(captured).to.deep.include({ kind: "succeeded", amount: eur(4_000n) });
    expect(await provider.capture(part), "the same again").to.deep.equal(captured);
    expect(await provider.find(charge)).to.deep.include({ kind: "authorized", captured: eur(4_000n) });
    const tooMuch = await provider.capture(operation("capture", 6_001n));
    expect(tooMuch).to.include({ kind: "failed", code: "capture_exceeds_authorized" });
    const rest = await provider.void(operation("void", 6_000n));
    expect(rest).to.deep.include({ kind: "succeeded", amount: eur(6_000n) });
    expect(await provider.find(charge)).to.deep.include({ kind: "approved", amount: eur(4_000n) });
  });

  it("refunds no more than was captured", async () => {
    const { operation } = await hold();
    await provider.capture(operation("capture", 10_000n));
    const refund = operation("refund", 6_000n);
    expect(await provider.findOperation(refund)).to.deep.equal({ kind: "missing" });
    const done = await provider.refund(refund);
    expect(done).to.deep.include({ kind: "succeeded", amount: eur(6_000n) });
    expect(await provider.findOperation(refund)).to.deep.equal(done);
    const second = await provider.refund(operation("refund", 6_000n));
    expect(second).to.include({ kind: "failed", code: "refund_exceeds_captured", retryable: false });
  });

  it("takes a key that was used for another request as unknown", async () => {
    const { operation } = await hold();
    const part = operation("capture", 4_000n);
    await provider.capture(part);
    expect(await provider.capture({ ...part, amount: eur(5_000n) })).to.include({ kind: "unknown" });
  });

  it("returns why it declines, and whether another attempt may work", async () => {
    const soft = await provider.charge(chargeWith("tok_decline"));
    expect(soft).to.include({ kind: "declined", code: "insufficient_funds", retryable: true });
    expect(soft).to.have.property("transactionId").that.matches(/^ch_/);
    const hard = await provider.charge(chargeWith("tok_decline_hard"));
    expect(hard).to.include({ kind: "declined", code: "stolen_card", retryable: false });
  });

  it("returns missing for unknown payments and operations", async () => {
    expect(await provider.find({ paymentId: newId() })).to.deep.equal({ kind: "missing" });
    const operation = { kind: "void", id: newId(), paymentId: newId(), transactionId: "ch_x" } as const;
    const voided = await provider.void({ ...operation, amount: eur(1n) });
    expect(voided).to.include({ kind: "failed", code: "payment_not_found" });
    expect(await provider.findOperation({ ...operation, amount: eur(1n) })).to.deep.equal({
      kind: "missing",
    });
  });

  it("describes a card by its token", async () => {
    const card = await provider.describeCard("tok_approve");
    expect(card).to.have.keys("brand", "last4", "expMonth", "expYear");
    expect(await provider.describeCard("tok_/../unknown?")).to.deep.equal({ kind: "invalid" });
  });

  it("lists the ledger of a range of time, each entry with our key", async () => {
    const from = new Date();
    const { charge, operation } = await hold();
    const capture = operation("capture", 10_000n);
    const refund = operation("refund", 2_500n);
    await provider.capture(capture);
    await provider.refund(refund);
    const until = new Date(Date.now() + 1);
    const entries = await listed(provider, from, until);
    expect(entries.map(({ type, key, amount }) => [type, key, amount.minorUnits])).to.deep.equal([
      ["authorize", charge.paymentId, 10_000n],
      ["capture", capture.id, 10_000n],
      ["refund", refund.id, 2_500n],
    ]);
    expect(entries[0]).to.include({ orderId: charge.orderId, paymentId: charge.paymentId });
    expect(await listed(provider, new Date(0), from)).to.satisfy((earlier: LedgerEntry[]) =>
      earlier.every(({ paymentId }) => paymentId !== charge.paymentId),
    );
  });

  it("returns unsent and unreachable when the port is closed", async () => {
    const unreachable = sandboxProvider({
      url: `http://127.0.0.1:${await freePort()}/psp/v1`,
      timeoutMs: 2_000,
    });
    expect(await unreachable.charge(chargeWith("tok_approve"))).to.include({
      kind: "unsent",
      isOutage: true,
    });
    expect(await unreachable.describeCard("tok_approve")).to.include({ kind: "unreachable" });
    const failure: unknown = await listed(unreachable, new Date(0), new Date()).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.an("error").with.property("name", "ProviderUnreachable");
  });
});

async function listed(provider: Provider, from: Date, until: Date): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of provider.ledger({ from, until })) entries.push(entry);
  return entries;
}
