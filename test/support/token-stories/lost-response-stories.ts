import { expect } from "chai";
import { RefundStatus } from "@till/gen/till/payment/v1/payment_pb";
import { untilAgreed } from "../agreement.ts";
import { eventually } from "../eventually.ts";
import { statusOf } from "../token-order.ts";
import {
  decline,
  orUnknown,
  paid,
  refunded,
  repeatedInTheEnd,
  unknownOrPaid,
  unpaid,
  type Story,
} from "./story.ts";

const unknown = { reason: "PAYMENT_UNKNOWN", hasRetryHint: true };

/** The provider does not respond: what it did is found out later, and done once. */
export const lostResponseStories: Readonly<Record<string, Story>> = {
  tok_timeout_before_charge: {
    async tell(order) {
      expect(await order.rejectedPay("key")).to.include(unknown);
      await order.until("FAILED");
      await untilAgreed(order.parties, order.id, { ...unpaid, order: "PAYMENT_FAILED" });
      expect(await order.rejectedPay("key")).to.include(decline("provider_timeout", true));
      await order.pay("tok_approve");
    },
    end: { ...paid, payments: ["FAILED", "PROCESSED"] },
  },
  tok_timeout_after_charge: {
    async tell(order) {
      expect(await order.rejectedPay("key")).to.include(unknown);
      await repeatedInTheEnd(order);
    },
    end: paid,
    webhooks: 0,
  },
  tok_reply_lost: unknownOrPaid,
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
    end: refunded,
  },
};
