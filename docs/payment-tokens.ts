import { magicTokens } from "../services/sandbox/src/psp/magic-tokens.ts";

/** docs/payment-tokens.md, made from the sandbox provider's one table of tokens. */
export function paymentTokens(): string {
  return [
    "# The sandbox's payment tokens",
    "",
    "The sandbox's payment provider needs no card: the token is the scenario. Made from",
    "[`magic-tokens.ts`](../services/sandbox/src/psp/magic-tokens.ts) by `npm run docs`; every row has a test through gRPC",
    "in [`token-matrix.test.ts`](../test/token-matrix.test.ts) that ends with ledger, payments and orders in agreement, or",
    "one in [`psp-follow-ups.test.ts`](../services/sandbox/test/psp-follow-ups.test.ts).",
    "",
    "| token | what the provider does |",
    "| -- | -- |",
    ...[...magicTokens].map(([token, { description }]) => `| \`${token}\` | ${description} |`),
    "| anything else | hard decline: `invalid_token` |",
    "",
    "What happens after the charge — disputes, refunds that fail after their success, the dashboard — reaches the payment",
    "service by webhooks. Without them it is found when the payment is read from the provider again, which a reconciliation",
    "with `repair` does: run one at least daily then. The tests of these tokens tell each story both ways.",
    "",
    "A dispute shows as `dispute` in `GET /psp/v1/payments/<id>`: `id`, `state` (`needs_response`, `won`, `lost`), `reason`,",
    "`amount` and `respond_by`; its webhooks are `dispute.opened` and `dispute.closed`, and a late refund failure's is",
    "`refund.failed`. The ledger's entry types stay the five of every payment; an entry without a request has a",
    "`cause`: money withdrawn by a dispute is a `refund` with cause `dispute`, money returned by a won dispute a `charge` with",
    "cause `dispute_won`, money back from a failed refund a `charge` with cause `refund_failed`. An operation made in the",
    "provider's dashboard, by these tokens or by `POST /psp/dashboard/payments/<id>/captures`, `/voids` or `/refunds`, has a",
    "key that begins with `dashboard-`.",
    "",
  ].join("\n");
}
