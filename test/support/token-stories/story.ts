import { expect } from "chai";
import { reasonOf } from "@till/rpc/errors";
import type { End } from "../agreement.ts";
import { statusOf, type TokenOrder } from "../token-order.ts";

/** What is done with an order of EUR 10.00 that is paid with a token, and how it ends. */
export type Story = {
  readonly tell: (order: TokenOrder) => Promise<unknown>;
  /** Left out: it goes on for ever. */
  readonly end?: Partial<End>;
  /** How many webhooks have come by then; left out: one for each provider event. */
  readonly webhooks?: number;
};

export const paid = {
  order: "PAID",
  captured: 1000,
  refunded: 0,
  payments: ["PROCESSED"],
  ledger: ["charge 1000"],
};
export const unpaid = { captured: 0, refunded: 0, payments: ["FAILED"], ledger: [] };
export const refunded = {
  ...{ order: "REFUNDED", captured: 1000, refunded: 1000, payments: ["REFUNDED"] },
  ledger: ["charge 1000", "refund 1000"],
};

export const approved: Story = {
  tell: async (order) => expect(statusOf(await order.pay())).to.equal("PROCESSED"),
  end: paid,
};

/** The outcome is unknown unless a webhook has reported it; a repeat with the key returns it and charges nothing. */
export const unknownOrPaid: Story = {
  async tell(order) {
    await orUnknown(order.repeatPay("key"));
    await repeatedInTheEnd(order);
  },
  end: paid,
};

/** A repeat with the same key returns the payment in the end, and charges nothing. */
export async function repeatedInTheEnd(order: TokenOrder): Promise<void> {
  await order.until("PROCESSED");
  const { payment, idempotentReplay } = await order.repeatPay("key");
  expect([statusOf(payment), idempotentReplay]).to.deep.equal(["PROCESSED", true]);
}

/** The provider does not respond: the call returns a payment only if the provider's webhook has come meanwhile. */
export async function orUnknown(call: Promise<unknown>): Promise<void> {
  const reason = await call.then(
    () => "returned",
    (error: unknown) => reasonOf(error),
  );
  expect(reason).to.be.oneOf(["returned", "PAYMENT_UNKNOWN"]);
}

/** The facts of a rejected payment. */
export function decline(failure_code: string, retryable: boolean) {
  return { reason: "PAYMENT_DECLINED", failure_code, retryable: String(retryable) };
}
