import { expect } from "chai";
import { RefundStatus } from "@till/gen/till/payment/v1/payment_pb";
import { untilAgreed } from "../agreement.ts";
import { factsOf, failureOf } from "../failure-of.ts";
import { paid, refunded, type Story } from "./story.ts";

/** The provider takes its time for a refund, or declines it. */
export const refundStories: Readonly<Record<string, Story>> = {
  tok_refund_pending: {
    async tell(order) {
      await order.pay();
      await order.refundByRequest(4);
      await untilAgreed(order.parties, order.id, { order: "PAID", refunded: 400 });
      await order.refundByRequest();
    },
    end: { ...refunded, ledger: ["charge 1000", "refund 400", "refund 600"] },
  },
  tok_refund_pending_then_failed: {
    async tell(order) {
      const { id } = await order.pay();
      const { refund } = await order.refund(id, 3, "refund");
      expect(RefundStatus[refund!.status]).to.equal("PENDING");
      await order.refundByRequest();
      await order.untilRefunds(id, ["FAILED", "FAILED"]);
    },
    end: paid,
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
    end: paid,
  },
  tok_refund_fails_later: {
    async tell(order) {
      const { id } = await order.pay();
      await order.refundByRequest();
      await order.untilRefundAgain(id);
    },
  },
};
