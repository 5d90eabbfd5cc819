import { magicTokens } from "../services/sandbox/src/psp/magic-tokens.ts";

/** docs/payment-tokens.md, made from the sandbox provider's one table of tokens. */
export function paymentTokens(): string {
  return [
    "# The sandbox's payment tokens",
    "",
    "The sandbox's payment provider needs no card: the token is the scenario. Made from",
    "[`magic-tokens.ts`](../services/sandbox/src/psp/magic-tokens.ts) by `npm run docs`; every row has a test through gRPC",
    "in [`token-matrix.test.ts`](../test/token-matrix.test.ts) that ends with the provider's ledger, the payments and the",
    "orders in agreement.",
    "",
    "| token | what the provider does |",
    "| -- | -- |",
    ...[...magicTokens].map(([token, { description }]) => `| \`${token}\` | ${description} |`),
    "| anything else | hard decline: `invalid_token` |",
    "",
  ].join("\n");
}
