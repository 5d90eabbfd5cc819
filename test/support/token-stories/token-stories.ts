import { expect } from "chai";
import { statusOf } from "../token-order.ts";
import { chargeStories, forGood } from "./charge-stories.ts";
import { lostResponseStories } from "./lost-response-stories.ts";
import { refundStories } from "./refund-stories.ts";
import { paid, unpaid, type Story } from "./story.ts";
import { webhookStories } from "./webhook-stories.ts";

/** By token. */
export const tokenStories: Readonly<Record<string, Story>> = {
  ...chargeStories,
  ...lostResponseStories,
  ...refundStories,
  ...webhookStories,
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
