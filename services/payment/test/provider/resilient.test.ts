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
const nonsense = { kind: "unknown", why: "an answer that is not understood, HTTP 200" } as const;

describe("A provider that may be away", () => {
  let answers: object[];
  let asked: string[];

  /** Answers what is next, and the last for ever. */
  function guarded({ failures = 3, breakMs = 60_000, retryMs = 10_000 } = {}): Provider {
    const next = (call: string) => {
      asked.push(call);
      return Promise.resolve((answers.length > 1 ? answers.shift() : answers[0]) as never);
    };
    const scripted: Provider = {
      name: "scripted",
      charge: () => next("charge"),
      authorize: () => next("authorize"),
      find: () => next("find"),
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
    asked = [];
  });

  it("is asked again to move money where it has surely heard nothing", async () => {
    answers = [unsent, unsent, approved];
    const provider = guarded();
    expect(await provider.charge(charge)).to.equal(approved);
    expect(asked).to.have.length(3);
    answers = [unsent, succeeded];
    expect(await provider.refund(refund)).to.equal(succeeded);
  });

  it("is not asked for ever", async () => {
    answers = [unsent];
    expect(await guarded({ failures: 100 }).charge(charge)).to.equal(unsent);
    expect(asked).to.have.length(3);
  });

  it("is sent nothing once the time for tries is over, also where the wait for the next try ends after it", async () => {
    answers = [unsent];
    const provider = guarded({ failures: 1_000, retryMs: 1 });
    const all = await Promise.all(Array.from({ length: 50 }, () => provider.charge(charge)));
    expect(all).to.deep.equal(Array(50).fill(unsent));
    // Waits are random: a few are that short. All would be sent twice more.
    expect(asked.length).to.be.below(75);
  });

  for (const call of ["charge", "authorize"] as const)
    it(`is never asked to ${call} a second time where it may have done so`, async () => {
      answers = [unknown, approved];
      expect(await guarded()[call](charge)).to.equal(unknown);
      expect(asked).to.have.length(1);
    });

  for (const call of ["capture", "void", "refund"] as const)
    it(`is never asked to ${call} a second time where it may have done so`, async () => {
      answers = [unknown, succeeded];
      expect(await guarded()[call](refund)).to.equal(unknown);
      expect(asked).to.have.length(1);
    });

  it("is asked a question again", async () => {
    answers = [unknown, unsent, { kind: "missing" }];
    expect(await guarded().find(charge)).to.deep.equal({ kind: "missing" });
    answers = [{ ...unknown, kind: "unreachable" }, { kind: "invalid" }];
    expect(await guarded().describeCard("tok")).to.deep.equal({ kind: "invalid" });
  });

  it("is left alone once it was away several times in a row: nothing is sent then", async () => {
    answers = [unknown];
    const provider = guarded();
    for (let round = 0; round < 3; round++) expect(await provider.charge(charge)).to.equal(unknown);
    answers = [approved];
    expect(await provider.charge(charge)).to.include({ kind: "unsent" });
    expect(await provider.find(charge)).to.include({ kind: "unsent" });
    expect(await provider.describeCard("tok")).to.include({ kind: "unreachable" });
    expect(asked).to.have.length(3);
  });

  it("is not left alone for odd answers, nor for declines", async () => {
    answers = [nonsense];
    const provider = guarded();
    for (let round = 0; round < 10; round++) await provider.charge(charge);
    answers = [unknown, unknown, { kind: "declined", code: "no", reason: "no", retryable: true }, unknown];
    for (let round = 0; round < 5; round++) await provider.charge(charge);
    expect(asked).to.have.length(15);
  });

  it("is asked by one call alone whether it is back, and then by all", async () => {
    answers = [unsent];
    const provider = guarded({ breakMs: 50 });
    await provider.charge(charge);
    answers = [approved];
    asked = [];
    await eventually(async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => provider.charge(charge)));
      const sent = all.filter(({ kind }) => kind === "approved");
      if (sent.length === 0) return false;
      expect([sent.length, asked.length], "only one was let through").to.deep.equal([1, 1]);
      return true;
    });
    const all = await Promise.all(Array.from({ length: 20 }, () => provider.charge(charge)));
    expect(all).to.deep.equal(Array(20).fill(approved));
  });
});
