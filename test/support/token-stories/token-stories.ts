import { expect } from "chai";
import { RefundStatus } from "@till/gen/till/payment/v1/payment_pb";
import { reasonOf } from "@till/rpc/errors";
import { untilAgreed, type End } from "./agreement.ts";
import { eventually } from "./eventually.ts";
import { factsOf, failureOf } from "./failure-of.ts";
import { statusOf, type TokenOrder } from "./token-order.ts";

/** What is done with an order of EUR 10.00 that is paid with a token, and how it ends. */
export type Story = {
  readonly tell: (order: TokenOrder) => Promise<unknown>;
  /** Left out: it goes on for ever. */
  readonly end?: Partial<End>;
  /** How many webhooks have come by then; left out: one for each provider event. */
  readonly webhooks?: number;
};

const paid = { order: "PAID", captured: 1000, refunded: 0, payments: ["PROCESSED"], ledger: ["charge 1000"] };
const unpaid = { captured: 0, refunded: 0, payments: ["FAILED"], ledger: [] };

const approved: Story = {
  tell: async (order) => expect(statusOf(await order.pay())).to.equal("PROCESSED"),
  end: paid,
};
const softly = (code: string): Story => ({
  tell: async (order) => expect(await order.rejectedPay()).to.include(decline(code, true)),
  end: { ...unpaid, order: "PAYMENT_FAILED" },
});
const forGood = (code: string): Story => ({
  tell: async (order) => expect(await order.rejectedPay()).to.include(decline(code, false)),
  end: { ...unpaid, order: "CANCELLED" },
});
/** The outcome is unknown at first; a repeat with the same key returns it in the end, and charges nothing. */
const unknownAtFirst: Story["tell"] = async (order) => {
  expect(await order.rejectedPay("key")).to.include({ reason: "PAYMENT_UNKNOWN", hasRetryHint: true });
  await repeatedInTheEnd(order);
};
/** The same where a webhook may report the outcome before the first call returns. */
const unknownOrPaid: Story["tell"] = async (order) => {
  await orUnknown(order.repeatPay("key"));
  await repeatedInTheEnd(order);
};
const withdrawn = {
  ...{ order: "REFUNDED", captured: 1000, refunded: 1000, payments: ["REFUNDED"] },
  ledger: ["charge 1000", "refund 1000"],
};
const refunds = { captured: 1000, payments: ["PROCESSED"] };

/** By token. */
export const tokenStories: Readonly<Record<string, Story>> = {
  tok_approve: approved,
  tok_50ms: approved,
  tok_slow: approved,
  tok_requires_action: {
    async tell(order) {
      const payment = await order.pay();
      expect(statusOf(payment)).to.equal("REQUIRES_ACTION");
      await order.act(payment, "approve");
    },
    end: paid,
  },
  tok_wrong_amount: {
    tell: async (order) => expect(await order.rejectedPay()).to.include(decline("wrong_amount", true)),
    end: { ...unpaid, order: "PAYMENT_FAILED", ledger: ["charge 999", "refund 999"] },
  },
  tok_decline: softly("insufficient_funds"),
  tok_decline_hard: forGood("stolen_card"),
  tok_decline_insufficient_funds: softly("insufficient_funds"),
  tok_decline_do_not_honor: softly("do_not_honor"),
  tok_decline_try_again_later: softly("try_again_later"),
  tok_decline_issuer_unavailable: softly("issuer_unavailable"),
  tok_decline_stolen_card: forGood("stolen_card"),
  tok_decline_lost_card: forGood("lost_card"),
  tok_decline_expired_card: forGood("expired_card"),
  tok_decline_fraudulent: forGood("fraudulent"),
  tok_decline_incorrect_cvc: forGood("incorrect_cvc"),
  tok_timeout_before_charge: {
    async tell(order) {
      expect(await order.rejectedPay("key")).to.include({ reason: "PAYMENT_UNKNOWN", hasRetryHint: true });
      await order.until("FAILED");
      await untilAgreed(order.parties, order.id, { ...unpaid, order: "PAYMENT_FAILED" });
      expect(await order.rejectedPay("key")).to.include(decline("provider_timeout", true));
      await order.pay("tok_approve");
    },
    end: { ...paid, payments: ["FAILED", "PROCESSED"] },
  },
  tok_timeout_after_charge: { tell: unknownAtFirst, end: paid, webhooks: 0 },
  tok_reply_lost: { tell: unknownOrPaid, end: paid },
  tok_capture_timeout: {
    async tell(order) {
      const { id } = await order.authorize();
      await orUnknown(order.capture(id, "capture"));
      await order.until("PROCESSED");
      expect((await order.capture(id, "capture")).idempotentReplay).to.equal(true);
    },
    end: { ...paid, ledger: ["authorize 1000", "capture 1000"] },
  },
  tok_void_timeout: {
    async tell(order) {
      const { id } = await order.authorize();
      await orUnknown(order.void(id));
      await order.until("VOIDED");
      expect(statusOf((await order.void(id)).payment)).to.equal("VOIDED");
      const voided = { captured: 0, payments: ["VOIDED"], ledger: ["authorize 1000", "void 1000"] };
      await untilAgreed(order.parties, order.id, { ...voided, order: "PAYMENT_PENDING" });
      await eventually(() => order.pay("tok_approve"), { timeoutMs: 30_000 });
    },
    end: {
      ...{ ...paid, payments: ["VOIDED", "PROCESSED"] },
      ledger: ["authorize 1000", "void 1000", "charge 1000"],
    },
  },
  tok_refund_timeout: {
    async tell(order) {
      const { id } = await order.pay();
      await orUnknown(order.refund(id, 10, "refund"));
      await order.until("REFUNDED");
      const { refund, idempotentReplay } = await order.refund(id, 10, "refund");
      expect([RefundStatus[refund!.status], idempotentReplay]).to.deep.equal(["SUCCEEDED", true]);
    },
    end: {
      order: "REFUNDED",
      refunded: 1000,
      payments: ["REFUNDED"],
      ledger: ["charge 1000", "refund 1000"],
    },
  },
  tok_refund_pending: {
    async tell(order) {
      await order.pay();
      await order.refundByRequest(4);
      await untilAgreed(order.parties, order.id, { order: "PAID", refunded: 400 });
      await order.refundByRequest();
    },
    end: {
      ...{ order: "REFUNDED", captured: 1000, refunded: 1000, payments: ["REFUNDED"] },
      ledger: ["charge 1000", "refund 400", "refund 600"],
    },
  },
  tok_refund_pending_then_failed: {
    async tell(order) {
      const { id } = await order.pay();
      const { refund } = await order.refund(id, 3, "refund");
      expect(RefundStatus[refund!.status]).to.equal("PENDING");
      await order.refundByRequest();
      await order.untilRefunds(id, ["FAILED", "FAILED"]);
    },
    end: { ...refunds, order: "PAID", refunded: 0, ledger: ["charge 1000"] },
  },
  tok_refund_failed: {
    async tell(order) {
      const { id } = await order.pay();
      const failure = factsOf(await failureOf(order.refund(id, 10, "refund")));
      expect(failure.reason).to.equal("REFUND_DECLINED");
      expect(failure.metadata).to.include({ failure_code: "expired_or_canceled_card" });
      await order.refundByRequest();
      await order.untilRefunds(id, ["FAILED", "FAILED"]);
    },
    end: { ...refunds, order: "PAID", refunded: 0, ledger: ["charge 1000"] },
  },
  tok_refund_fails_later: {
    async tell(order) {
      const { id } = await order.pay();
      await order.refundByRequest();
      await order.untilRefundAgain(id);
    },
  },
  tok_dispute_opened: {
    tell: async (order) => order.untilDispute((await order.pay()).id, "needs_response"),
    end: withdrawn,
  },
  tok_dispute_won: {
    tell: async (order) => order.untilDispute((await order.pay()).id, "won"),
    end: { ...paid, ledger: ["charge 1000", "refund 1000", "charge 1000"] },
  },
  tok_dispute_lost: {
    tell: async (order) => order.untilDispute((await order.pay()).id, "lost"),
    end: withdrawn,
  },
  tok_dashboard_capture: {
    tell: async (order) => expect(statusOf(await order.authorize())).to.equal("AUTHORIZED"),
    end: { ...paid, ledger: ["authorize 1000", "capture 1000"] },
  },
  tok_dashboard_void: {
    tell: async (order) => expect(statusOf(await order.authorize())).to.equal("AUTHORIZED"),
    end: {
      ...{ order: "PAYMENT_PENDING", captured: 0, refunded: 0, payments: ["VOIDED"] },
      ledger: ["authorize 1000", "void 1000"],
    },
  },
  tok_dashboard_refund: {
    tell: async (order) => expect(statusOf(await order.pay())).to.equal("PROCESSED"),
    end: withdrawn,
  },
  tok_webhook_duplicate: { ...approved, webhooks: 5 },
  tok_webhook_late: approved,
  tok_webhook_early: approved,
  tok_webhook_out_of_order: {
    async tell(order) {
      const { id } = await order.authorize();
      await order.capture(id, "capture");
    },
    end: { ...paid, ledger: ["authorize 1000", "capture 1000"] },
  },
  tok_webhook_only: { tell: unknownOrPaid, end: paid },
};

/** The stories of the table's last line and of its columns. */
export const moreStories: Readonly<Record<string, { readonly token: string } & Story>> = {
  "a token that is not in the table": { token: "tok_no_such", ...forGood("invalid_token") },
  "an authorization that is captured in part and voided, of an order that is cancelled": {
    token: "tok_approve",
    async tell(order) {
      const { id } = await order.authorize();
      await order.capture(id, "part", 6);
      expect(statusOf((await order.void(id)).payment)).to.equal("PROCESSED");
      await order.cancel();
    },
    end: {
      ...{ order: "CANCELLED", captured: 0, refunded: 0, payments: ["REFUNDED"] },
      ledger: ["authorize 1000", "capture 600", "void 400", "refund 600"],
    },
  },
  "a payer who declines at action_url": {
    token: "tok_requires_action",
    async tell(order) {
      await order.act(await order.pay(), "decline");
      await order.until("FAILED");
    },
    end: { ...unpaid, order: "PAYMENT_FAILED" },
  },
  "a payer who approves an authorization": {
    token: "tok_requires_action",
    async tell(order) {
      const payment = await order.authorize();
      await order.act(payment, "approve");
      await order.until("AUTHORIZED");
      await order.capture(payment.id, "capture");
    },
    end: { ...paid, ledger: ["authorize 1000", "capture 1000"] },
  },
};

async function repeatedInTheEnd(order: TokenOrder): Promise<void> {
  await order.until("PROCESSED");
  const { payment, idempotentReplay } = await order.repeatPay("key");
  expect([statusOf(payment), idempotentReplay]).to.deep.equal(["PROCESSED", true]);
}

/** The provider does not respond: the call returns a payment only if the provider's webhook has come meanwhile. */
async function orUnknown(call: Promise<unknown>): Promise<void> {
  const reason = await call.then(
    () => "returned",
    (error: unknown) => reasonOf(error),
  );
  expect(reason).to.be.oneOf(["returned", "PAYMENT_UNKNOWN"]);
}

function decline(failure_code: string, retryable: boolean) {
  return { reason: "PAYMENT_DECLINED", failure_code, retryable: String(retryable) };
}
