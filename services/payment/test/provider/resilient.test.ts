import { money } from "@till/money";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { resilientProvider } from "../../src/provider/resilient.ts";
import {
  ProviderUnreachable,
  type Charge,
  type ProviderOperation,
  type Provider,
} from "../../src/rules/provider.ts";

const amount = money("EUR", 100n);
const charge: Charge = { paymentId: "p", orderId: "o", amount, token: "tok" };
const refund: ProviderOperation = { kind: "refund", id: "r", paymentId: "p", transactionId: "ch", amount };
const approved = { kind: "approved", transactionId: "ch", amount } as const;
const succeeded = { kind: "succeeded", transactionId: "op", amount } as const;
const unsent = { kind: "unsent", why: "ECONNREFUSED", isOutage: true } as const;
const unknown = { kind: "unknown", why: "no answer in time", isOutage: true } as const;
const invalid = { kind: "unknown", why: "an answer that is not understood, HTTP 200" } as const;

describe("A resilient provider", () => {
  let outcomes: object[];
  let calls: string[];

  /** Returns the next outcome, and the last one from then on. */
  function guarded({ failures = 3, breakMs = 60_000, retryMs = 10_000 } = {}): Provider {
    const next = (call: string) => {
      calls.push(call);
      return Promise.resolve((outcomes.length > 1 ? outcomes.shift() : outcomes[0]) as never);
    };
    const scripted: Provider = {
      name: "scripted",
      charge: () => next("charge"),
      authorize: () => next("authorize"),
      find: () => next("find"),
      findPaymentId: () => next("findPaymentId"),
      capture: () => next("capture"),
      void: () => next("void"),
      refund: () => next("refund"),
      findOperation: () => next("findOperation"),
      describeCard: () => next("describeCard"),
      ledger: () => {
        throw new ProviderUnreachable();
      },
    };
    const log = createLog({ service: "test", level: "silent" });
    const metrics = createMetrics({ service: "test" });
    return resilientProvider(scripted, { log, metrics, failures, breakMs, retryMs });
  }
  beforeEach(() => {
    calls = [];
  });

  it("repeats a charge or operation that was not sent", async () => {
    outcomes = [unsent, unsent, approved];
    const provider = guarded();
    expect(await provider.charge(charge)).to.equal(approved);
    expect(calls).to.have.length(3);
    outcomes = [unsent, succeeded];
    expect(await provider.refund(refund)).to.equal(succeeded);
  });

  it("does not repeat a request that the provider rejects as such, and keeps the circuit closed", async () => {
    const rejected = {
      kind: "unsent",
      why: "the provider rejects the request",
      isInvalidRequest: true,
    } as const;
    outcomes = [rejected];
    const provider = guarded({ failures: 1 });
    expect(await provider.charge(charge)).to.equal(rejected);
    expect(await provider.find(charge)).to.equal(rejected);
    expect(calls).to.deep.equal(["charge", "find"]);
  });

  it("stops repeating after three tries", async () => {
    outcomes = [unsent];
    expect(await guarded({ failures: 100 }).charge(charge)).to.equal(unsent);
    expect(calls).to.have.length(3);
  });

  it("sends nothing after the retry time, even when a wait ends after it", async () => {
    outcomes = [unsent];
    const provider = guarded({ failures: 1_000, retryMs: 1 });
    const all = await Promise.all(Array.from({ length: 50 }, () => provider.charge(charge)));
    expect(all).to.deep.equal(Array(50).fill(unsent));
    // Waits are random: a few are that short. All would be sent twice more.
    expect(calls.length).to.be.below(75);
  });

  for (const call of ["charge", "authorize"] as const)
    it(`never repeats a ${call} that may have been made`, async () => {
      outcomes = [unknown, approved];
      expect(await guarded()[call](charge)).to.equal(unknown);
      expect(calls).to.have.length(1);
    });

  for (const call of ["capture", "void", "refund"] as const)
    it(`never repeats a ${call} that may have been made`, async () => {
      outcomes = [unknown, succeeded];
      expect(await guarded()[call](refund)).to.equal(unknown);
      expect(calls).to.have.length(1);
    });

  it("repeats a read", async () => {
    outcomes = [unknown, unsent, { kind: "missing" }];
    expect(await guarded().find(charge)).to.deep.equal({ kind: "missing" });
    outcomes = [{ ...unknown, kind: "unreachable" }, { kind: "invalid" }];
    expect(await guarded().describeCard("tok")).to.deep.equal({ kind: "invalid" });
  });

  it("opens the circuit after several outages in a row: nothing is sent", async () => {
    outcomes = [unknown];
    const provider = guarded();
    for (let round = 0; round < 3; round++) expect(await provider.charge(charge)).to.equal(unknown);
    outcomes = [approved];
    expect(await provider.charge(charge)).to.include({ kind: "unsent" });
    expect(await provider.find(charge)).to.include({ kind: "unsent" });
    expect(await provider.describeCard("tok")).to.include({ kind: "unreachable" });
    expect(calls).to.have.length(3);
  });

  it("keeps the circuit closed for invalid responses and declines", async () => {
    outcomes = [invalid];
    const provider = guarded();
    for (let round = 0; round < 10; round++) await provider.charge(charge);
    outcomes = [unknown, unknown, { kind: "declined", code: "no", reason: "no", retryable: true }, unknown];
    for (let round = 0; round < 5; round++) await provider.charge(charge);
    expect(calls).to.have.length(15);
  });

  it("probes with one call, and then sends all", async () => {
    outcomes = [unsent];
    const provider = guarded({ breakMs: 50 });
    await provider.charge(charge);
    outcomes = [approved];
    calls = [];
    await eventually(async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => provider.charge(charge)));
      const sent = all.filter(({ kind }) => kind === "approved");
      if (sent.length === 0) return false;
      expect([sent.length, calls.length], "only one was sent").to.deep.equal([1, 1]);
      return true;
    });
    const all = await Promise.all(Array.from({ length: 20 }, () => provider.charge(charge)));
    expect(all).to.deep.equal(Array(20).fill(approved));
  });
});
