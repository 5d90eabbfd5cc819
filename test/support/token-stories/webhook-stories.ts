import { expect } from "chai";
import { statusOf } from "../token-order.ts";
import { approved, paid, refunded, unknownOrPaid, type Story } from "./story.ts";

/** What Till learns by webhook: disputes, the provider's dashboard; and webhooks that are late, repeated or alone. */
export const webhookStories: Readonly<Record<string, Story>> = {
  tok_dispute_opened: {
    tell: async (order) => order.untilDispute((await order.pay()).id, "needs_response"),
    end: refunded,
  },
  tok_dispute_won: {
    tell: async (order) => order.untilDispute((await order.pay()).id, "won"),
    end: { ...paid, ledger: ["charge 1000", "refund 1000", "charge 1000"] },
  },
  tok_dispute_lost: {
    tell: async (order) => order.untilDispute((await order.pay()).id, "lost"),
    end: refunded,
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
    end: refunded,
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
  tok_webhook_only: unknownOrPaid,
};
