import { expect } from "chai";
import { statusOf } from "../token-order.ts";
import { approved, decline, paid, unpaid, type Story } from "./story.ts";

/** Declined, and the order can be paid in another way. */
const softly = (code: string): Story => ({
  tell: async (order) => expect(await order.rejectedPay()).to.include(decline(code, true)),
  end: { ...unpaid, order: "PAYMENT_FAILED" },
});

/** Declined for good: the order is cancelled. */
export const forGood = (code: string): Story => ({
  tell: async (order) => expect(await order.rejectedPay()).to.include(decline(code, false)),
  end: { ...unpaid, order: "CANCELLED" },
});

/** The provider approves, declines, or waits for the payer. */
export const chargeStories: Readonly<Record<string, Story>> = {
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
};
