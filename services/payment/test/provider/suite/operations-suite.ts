import { newId } from "@till/ids";
import { expect } from "chai";
import { eurMinor, paid, type ProviderUnderTest, type Subject } from "./provider-under-test.ts";

/** What captures, voids and refunds promise. */
export function operationsSuite({ tokens }: ProviderUnderTest, subject: () => Subject): void {
  it("authorizes without charging, and captures once however often the call is repeated", async () => {
    const { provider } = subject();
    const { charge, outcome, operation } = await paid(provider, "authorize", tokens.approved);
    expect(outcome).to.deep.include({ kind: "authorized", amount: eurMinor(10_000n) });
    expect(await provider.authorize(charge), "the same again").to.deep.equal(outcome);
    const attemptedSince = new Date();
    const ref = { ...charge, attemptedSince };
    expect(await provider.find(ref)).to.deep.include({ kind: "authorized", captured: eurMinor(0n) });
    const capture = operation("capture", 10_000n);
    expect(await provider.findOperation(capture)).to.deep.equal({ kind: "missing" });
    const captured = await provider.capture(capture);
    expect(captured).to.deep.include({ kind: "succeeded", amount: eurMinor(10_000n) });
    expect(await provider.capture(capture), "the same again").to.deep.equal(captured);
    expect(await provider.findOperation(capture)).to.deep.equal(captured);
    expect(await provider.find(ref)).to.deep.include({ kind: "approved", amount: eurMinor(10_000n) });
  });

  it("captures a part, and voids the rest at once or on request", async () => {
    const { provider } = subject();
    const token = tokens.captureInParts ?? tokens.approved;
    const { charge, operation } = await paid(provider, "authorize", token);
    await provider.capture(operation("capture", 4_000n));
    const ref = { ...charge, attemptedSince: new Date() };
    if (tokens.captureInParts !== undefined) {
      expect(await provider.find(ref)).to.deep.include({ kind: "authorized", captured: eurMinor(4_000n) });
      const second = await provider.capture(operation("capture", 1_000n));
      expect(second).to.deep.include({ kind: "succeeded", amount: eurMinor(1_000n) });
      const tooMuch = await provider.capture(operation("capture", 5_001n));
      expect(tooMuch).to.include({ kind: "failed" });
      const rest = operation("void", 5_000n);
      const voided = await provider.void(rest);
      expect(voided).to.deep.include({ kind: "succeeded", amount: eurMinor(5_000n) });
      expect(await provider.findOperation(rest)).to.deep.equal(voided);
    }
    const captured = eurMinor(tokens.captureInParts === undefined ? 4_000n : 5_000n);
    expect(await provider.find(ref)).to.deep.include({ kind: "approved", amount: captured, captured });
  });

  it("voids an authorization once, and nothing that is captured", async () => {
    const { provider } = subject();
    const { charge, operation } = await paid(provider, "authorize", tokens.approved);
    const voiding = operation("void", 10_000n);
    expect(await provider.findOperation(voiding)).to.deep.equal({ kind: "missing" });
    const voided = await provider.void(voiding);
    expect(voided).to.deep.include({ kind: "succeeded", amount: eurMinor(10_000n) });
    expect(await provider.void(voiding), "the same again").to.deep.equal(voided);
    expect(await provider.findOperation(voiding)).to.deep.equal(voided);
    expect(await provider.find({ ...charge, attemptedSince: new Date() })).to.include({ kind: "voided" });
    expect(await provider.capture(operation("capture", 1n))).to.include({ kind: "failed" });
    const other = await paid(provider, "charge", tokens.approved);
    expect(await provider.void(other.operation("void", 10_000n))).to.include({ kind: "failed" });
  });

  it("refunds in parts, each once, and no more than was captured", async () => {
    const { provider } = subject();
    const { charge, operation } = await paid(provider, "charge", tokens.approved);
    const refund = operation("refund", 6_000n);
    expect(await provider.findOperation(refund)).to.deep.equal({ kind: "missing" });
    const refunded = await provider.refund(refund);
    expect(refunded).to.deep.include({ kind: "succeeded", amount: eurMinor(6_000n) });
    expect(await provider.refund(refund), "the same again").to.deep.equal(refunded);
    expect(await provider.findOperation(refund)).to.deep.equal(refunded);
    const ref = { ...charge, attemptedSince: new Date() };
    expect(await provider.find(ref)).to.deep.include({ kind: "approved", refunded: eurMinor(6_000n) });
    const tooMuch = await provider.refund(operation("refund", 4_001n));
    expect(tooMuch).to.include({ kind: "failed" });
    expect(await provider.refund(operation("refund", 4_000n))).to.include({ kind: "succeeded" });
    expect(await provider.find(ref)).to.deep.include({ refunded: eurMinor(10_000n) });
  });

  if (tokens.refundPending !== undefined)
    it("returns pending for a refund that the provider has not made yet, and does not count it", async () => {
      const { provider } = subject();
      const { charge, operation } = await paid(provider, "charge", tokens.refundPending!);
      const refund = operation("refund", 6_000n);
      expect(await provider.refund(refund)).to.include({ kind: "pending" });
      const found = await provider.find({ ...charge, attemptedSince: new Date() });
      expect(found).to.deep.include({ captured: eurMinor(10_000n) });
      // The provider may make it at any time.
      const { kind } = await provider.findOperation(refund);
      if (kind === "pending") expect(found).to.deep.include({ refunded: eurMinor(0n) });
    });

  it("returns unknown for the id of another operation", async () => {
    const { provider } = subject();
    const { operation } = await paid(provider, "charge", tokens.approved);
    const refund = operation("refund", 4_000n);
    await provider.refund(refund);
    expect(await provider.refund({ ...refund, amount: eurMinor(5_000n) })).to.include({ kind: "unknown" });
  });

  it("fails an operation on a payment that the provider does not have", async () => {
    const { provider } = subject();
    const { operation } = await paid(provider, "authorize", tokens.approved);
    const transactionId = operation("void", 1n).transactionId.replace(/\w{1,8}$/, "none");
    for (const kind of ["capture", "void", "refund"] as const) {
      const unknown = { ...operation(kind, 1n), paymentId: newId(), transactionId };
      expect(await provider[kind](unknown), kind).to.include({ kind: "failed" });
    }
  });
}
