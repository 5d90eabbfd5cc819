import { eur } from "../../../../test/support/fixtures.ts";

/** The price of the sandbox's course, EUR 49.00, which an order of `placeOrder` costs. */
export const price = eur(49);

/** A payment by a token of the sandbox, as ProcessPayment and AuthorizePayment take it. */
export const byToken = (value: string) => ({ case: "paymentToken" as const, value });
/** A payment by a stored payment method. */
export const byPaymentMethod = (value: string) => ({ case: "paymentMethodId" as const, value });

/** Settings with which the recovery worker leaves every payment to the test. */
export const withoutRecovery = { TILL_RESOLVE_AFTER_SECONDS: "3600" };
/** Settings with which the recovery worker syncs a payment within a second. */
export const fastRecovery = {
  TILL_RESOLVE_AFTER_SECONDS: "0.3",
  TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "0.5",
};
/** The provider's time-out, shorter than its test tokens need. */
export const shortProviderTimeout = { TILL_PSP_TIMEOUT_MS: "2000" };

/** Settings with which a payment is failed or synced within seconds, whatever its provider does. */
export const promptRecovery = { ...fastRecovery, ...shortProviderTimeout, TILL_GIVE_UP_SECONDS: "1" };

export const webhookSecret = "whsec_0123456789abcdef";
/** Settings with which the sandbox's webhooks are taken, at a port of their own. */
export const withWebhooks = { TILL_WEBHOOK_PORT: "0", TILL_PSP_WEBHOOK_SECRET: webhookSecret };
