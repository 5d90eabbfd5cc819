import { historyTypes as ofOrders } from "../services/order/src/rules/history-entry.ts";
import { historyTypes as ofPayments } from "../services/payment/src/rules/history-types.ts";

/** docs/history.md, made from the tables of types that the rules of both services may write. */
export function history(): string {
  return [
    "# The types of history entries",
    "",
    "Made by `npm run docs` from [`history-entry.ts`](../services/order/src/rules/history-entry.ts) and",
    "[`history-types.ts`](../services/payment/src/rules/history-types.ts); CI checks that it is in step.",
    "",
    "`type` of the entries of ListOrderEvents, WatchOrder, ListPaymentEvents and WatchPayment. New types may come; clients",
    "ignore types that they do not know.",
    "",
    "## Orders",
    "",
    "`payload` has the fields below, without those that are not known. Where the entry has an amount, it also has `amount`,",
    "in decimals, and `currency`.",
    "",
    "| type | what happened | payload |",
    "| -- | -- | -- |",
    ...Object.entries(ofOrders).map(
      ([type, { when, payload }]) =>
        `| \`${type}\` | ${when} | ${payload.map((field) => `\`${field}\``).join(", ")} |`,
    ),
    "",
    "## Payments",
    "",
    "| type | what happened |",
    "| -- | -- |",
    ...Object.entries(ofPayments).map(([type, when]) => `| \`${type}\` | ${when} |`),
    "",
  ].join("\n");
}
