import { money, zero } from "@till/money";
import { expect } from "chai";
import { requestPayment } from "./request-payment.ts";
import type { Payment, PaymentStatus } from "./payment.ts";
import { compareWithOrder, type OrderSums } from "./compare-with-order.ts";
import { compareWithProvider, noLedgerSums, type LedgerSums } from "./compare-with-provider.ts";

const eur = (minor: number) => money("EUR", BigInt(minor));
const now = new Date("2026-01-31T12:00:00Z");

/** A payment of 49 euros, of which so much was captured and refunded. */
function payment(status: PaymentStatus, captured = 0, refunded = 0, change: Partial<Payment> = {}): Payment {
  const { payment: requested } = requestPayment(
    {
      id: "p",
      userId: "u",
      orderId: "o",
      amount: eur(4900),
      method: "card",
      paymentMethodId: undefined,
      captureMethod: "automatic",
      leaseExpiresAt: now,
      request: { callerId: "u", key: "k", hash: "h" },
    },
    { now, actor: "user:u" },
  );
  const authorized = captured > 0 || status === "AUTHORIZED" ? eur(4900) : zero("EUR");
  return { ...requested, status, authorized, captured: eur(captured), refunded: eur(refunded), ...change };
}

function book(
  sums: Partial<Record<"authorized" | "captured" | "voided" | "refunded", number>>,
  repeats = 0,
): LedgerSums {
  const minor = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, BigInt(sum)]));
  return { ...noLedgerSums, currencies: ["EUR"], ...minor, repeats };
}

describe("A payment and the provider's ledger", () => {
  const agreeing: [string, Payment, LedgerSums][] = [
    ["nothing was done", payment("PENDING"), noLedgerSums],
    ["it was declined", payment("FAILED"), noLedgerSums],
    ["all was taken", payment("PROCESSED", 4900), book({ captured: 4900 })],
    ["it is held", payment("AUTHORIZED"), book({ authorized: 4900 })],
    ["the authorization was voided", payment("VOIDED"), book({ authorized: 4900, voided: 4900 })],
    ["a part was taken of it", payment("AUTHORIZED", 2000), book({ authorized: 4900, captured: 2000 })],
    [
      "and the rest voided",
      payment("PROCESSED", 2000),
      book({ authorized: 4900, captured: 2000, voided: 2900 }),
    ],
    ["some is back", payment("PARTIALLY_REFUNDED", 4900, 900), book({ captured: 4900, refunded: 900 })],
    [
      "an orphaned charge was refunded",
      payment("FAILED", 4900, 4900),
      book({ captured: 4900, refunded: 4900 }),
    ],
  ];
  for (const [what, ours, theirs] of agreeing)
    it(`agree where ${what}`, () => expect(compareWithProvider(ours, theirs)).to.deep.equal([]));

  const differing: [string, string, Payment, LedgerSums][] = [
    ["WRONG_STATE", "it was taken without our knowing", payment("UNKNOWN"), book({ captured: 4900 })],
    ["WRONG_STATE", "it is held without our knowing", payment("PENDING"), book({ authorized: 4900 })],
    ["AMOUNT", "something else was taken without our knowing", payment("UNKNOWN"), book({ captured: 4901 })],
    ["WRONG_STATE", "what we failed was taken", payment("FAILED"), book({ captured: 4900 })],
    [
      "WRONG_STATE",
      "an authorization was voided there",
      payment("AUTHORIZED"),
      book({ authorized: 4900, voided: 4900 }),
    ],
    ["WRONG_STATE", "a voided one is still authorized", payment("VOIDED"), book({ authorized: 4900 })],
    ["AMOUNT", "less was taken", payment("PROCESSED", 4900), book({ captured: 4800 })],
    ["AMOUNT", "less is held", payment("AUTHORIZED"), book({ authorized: 4800 })],
    [
      "AMOUNT",
      "less was refunded",
      payment("REFUNDED", 4900, 4900),
      book({ captured: 4900, refunded: 4800 }),
    ],
    [
      "AMOUNT",
      "it was in another currency",
      payment("PROCESSED", 4900),
      { ...book({ captured: 4900 }), currencies: ["USD"] },
    ],
    ["MISSING_EXTERNAL", "nothing was taken", payment("PROCESSED", 4900), noLedgerSums],
    ["MISSING_EXTERNAL", "nothing is held", payment("AUTHORIZED"), noLedgerSums],
    ["MISSING_EXTERNAL", "nothing was refunded", payment("REFUNDED", 4900, 4900), book({ captured: 4900 })],
    [
      "MISSING_INTERNAL",
      "it was refunded there alone",
      payment("PROCESSED", 4900),
      book({ captured: 4900, refunded: 900 }),
    ],
    [
      "WRONG_STATE",
      "a refund under way is done",
      payment("PROCESSED", 4900, 0, { refundPending: eur(900) }),
      book({ captured: 4900, refunded: 900 }),
    ],
    ["DUPLICATE", "it was taken twice", payment("PROCESSED", 4900), book({ captured: 9800 }, 1)],
  ];
  for (const [kind, what, ours, theirs] of differing)
    it(`differ in ${kind} where ${what}`, () => {
      expect(compareWithProvider(ours, theirs).map((mismatch) => mismatch.kind)).to.deep.equal([kind]);
    });
});

describe("A payment and its order", () => {
  const order = (status: string, captured = 0, refunded = 0, paymentId = "p"): OrderSums => ({
    id: "o",
    status,
    paymentId,
    captured: eur(captured),
    refunded: eur(refunded),
  });

  const agreeing: [string, Payment, OrderSums | undefined][] = [
    ["is paid", payment("PROCESSED", 4900), order("PAID", 4900)],
    [
      "was shipped and paid back in part",
      payment("PARTIALLY_REFUNDED", 4900, 900),
      order("SHIPPED", 4900, 900),
    ],
    ["waits", payment("UNKNOWN"), order("PAYMENT_PENDING")],
    ["waits for what is only held", payment("AUTHORIZED"), order("PAYMENT_PENDING")],
    ["waits, a part of it taken", payment("AUTHORIZED", 2000), order("PAYMENT_PENDING")],
    ["waits, a part taken and the rest voided", payment("PROCESSED", 2000), order("PAYMENT_PENDING")],
    ["waits, a part taken and some back", payment("PARTIALLY_REFUNDED", 2000, 500), order("PAYMENT_PENDING")],
    ["failed to be paid", payment("FAILED"), order("PAYMENT_FAILED")],
    [
      "was cancelled, and the money is on its way back",
      payment("PROCESSED", 4900, 0, { refundPending: eur(4900) }),
      order("CANCELLED", 4900),
    ],
    ["was paid by another attempt", payment("FAILED"), order("PAID", 4900, 0, "q")],
    ["is all paid back", payment("REFUNDED", 4900, 4900), order("REFUNDED", 4900, 4900)],
    ["is not there, and nothing was taken", payment("FAILED"), undefined],
  ];
  for (const [what, ours, theirs] of agreeing)
    it(`agree where it ${what}`, () => expect(compareWithOrder(ours, theirs)).to.deep.equal([]));

  const differing: [string, string, Payment, OrderSums | undefined][] = [
    ["WRONG_STATE", "is not there", payment("PROCESSED", 4900), undefined],
    ["WRONG_STATE", "does not know that it was paid", payment("PROCESSED", 4900), order("PAYMENT_PENDING")],
    [
      "WRONG_STATE",
      "was cancelled, and the money kept",
      payment("PROCESSED", 4900),
      order("CANCELLED", 4900),
    ],
    ["WRONG_STATE", "was cancelled, and a part kept", payment("PROCESSED", 2000), order("CANCELLED")],
    [
      "WRONG_STATE",
      "waits for another payment",
      payment("PROCESSED", 2000),
      order("PAYMENT_PENDING", 0, 0, "q"),
    ],
    ["AMOUNT", "takes itself for paid by a part", payment("PROCESSED", 2000), order("PAID", 4900)],
    ["WRONG_STATE", "was paid by another payment", payment("PROCESSED", 4900), order("PAID", 4900, 0, "q")],
    ["WRONG_STATE", "takes itself for paid", payment("FAILED"), order("PAID", 4900)],
    ["AMOUNT", "counts other money", payment("PROCESSED", 4900), order("PAID", 4800)],
    ["AMOUNT", "does not know what came back", payment("PARTIALLY_REFUNDED", 4900, 900), order("PAID", 4900)],
  ];
  for (const [kind, what, ours, theirs] of differing)
    it(`differ in ${kind} where it ${what}`, () => {
      expect(compareWithOrder(ours, theirs).map((mismatch) => mismatch.kind)).to.deep.equal([kind]);
    });
});
