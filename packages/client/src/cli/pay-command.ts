import type { Command } from "commander";
import type { Payment } from "../payment.ts";
import { withExamples } from "./examples.ts";
import { aligned, formatMoney } from "./layout.ts";
import { printResult, withTill } from "./session.ts";
import type { CliContext } from "./context.ts";

/** `till pay <order-id>`. */
export function addPayCommand(program: Command, context: CliContext): void {
  const pay = program
    .command("pay <order-id>")
    .description("pay an order's total: by a card's token, a stored method, or else the default method")
    .option("--card <token>", "token that the payment provider gave for a card, such as tok_approve")
    .option("--method <id>", "stored payment method")
    .option("--authorize", "authorize only; the amount is captured later")
    .option("--key <key>", "idempotency key: a repeat with it never charges twice")
    .action((orderId: string, { card, method, authorize, key }: PayOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const { total: amount } = await till.orders.get(orderId);
        const request = { orderId, amount, paymentToken: card, paymentMethodId: method };
        const options = { idempotencyKey: key };
        const payment = authorize
          ? await till.payments.authorize(request, options)
          : await till.payments.process(request, options);
        printResult(command, context, payment, describePayment);
      }),
    );
  withExamples(pay, [
    "till pay <order-id> --card tok_approve",
    "till pay <order-id> --authorize --key my-payment-17",
  ]);
}

type PayOptions = {
  readonly card?: string;
  readonly method?: string;
  readonly authorize?: boolean;
  readonly key?: string;
};

/** A payment as a person reads it. */
function describePayment(payment: Payment): string[] {
  const { id, status, amount, orderId, card, actionUrl, transactionId } = payment;
  const facts = [
    ["order", orderId],
    ...(card ? [["card", `${card.brand ?? "card"} …${card.last4}`]] : []),
    ...(transactionId ? [["transaction", transactionId]] : []),
    ...(actionUrl ? [["confirm at", actionUrl]] : []),
  ];
  return [`Payment ${id}  ${status}  ${formatMoney(amount)}`, ...aligned(facts).map((line) => `  ${line}`)];
}
