import type { Command } from "commander";
import type { Money } from "../money.ts";
import type { StartedRefund } from "../payment.ts";
import { describeOrder } from "./describe-order.ts";
import { withExamples } from "./examples.ts";
import { formatMoney } from "./layout.ts";
import { printResult, withTill } from "./session.ts";
import type { CliContext } from "./context.ts";

/** `till refund request|approve|reject|payment`. */
export function addRefundCommands(program: Command, context: CliContext): void {
  const refund = program.command("refund").description("request, approve, reject and make refunds");

  const request = refund
    .command("request <order-id>")
    .description("request the refund of an order; an admin decides")
    .requiredOption("--reason <text>", "why, for people")
    .option("--key <key>", "idempotency key")
    .action((id: string, { reason, key }: Decision, command: Command) =>
      withTill(command, context, async (till) => {
        const order = await till.orders.requestRefund(id, { reason }, { idempotencyKey: key });
        printResult(command, context, order, describeOrder);
      }),
    );
  withExamples(request, ["till refund request <order-id> --reason 'not for me'"]);

  const approve = refund
    .command("approve <order-id>")
    .description("approve a requested refund, in full or of an amount (admins)")
    .option("--amount <decimal>", "amount in the order's currency, such as 19.90")
    .option("--key <key>", "idempotency key")
    .action((id: string, { amount, key }: Part, command: Command) =>
      withTill(command, context, async (till) => {
        const currency = async () => (await till.orders.get(id)).currency;
        const approval = { amount: await amountIn(currency, amount) };
        const order = await till.orders.approveRefund(id, approval, { idempotencyKey: key });
        printResult(command, context, order, describeOrder);
      }),
    );
  withExamples(approve, ["till refund approve <order-id>", "till refund approve <order-id> --amount 19.90"]);

  const reject = refund
    .command("reject <order-id>")
    .description("reject a requested refund (admins)")
    .requiredOption("--reason <text>", "why, for people")
    .option("--key <key>", "idempotency key")
    .action((id: string, { reason, key }: Decision, command: Command) =>
      withTill(command, context, async (till) => {
        const order = await till.orders.rejectRefund(id, { reason }, { idempotencyKey: key });
        printResult(command, context, order, describeOrder);
      }),
    );
  withExamples(reject, ["till refund reject <order-id> --reason 'used up'"]);

  const payment = refund
    .command("payment <payment-id>")
    .description("refund a payment without a request, in full or in part (admins, services)")
    .option("--amount <decimal>", "amount in the payment's currency; else all that is left")
    .option("--reason <text>", "why, for people")
    .option("--key <key>", "idempotency key")
    .action((id: string, { amount, reason, key }: Part & Partial<Decision>, command: Command) =>
      withTill(command, context, async (till) => {
        const currency = async () => (await till.payments.get(id)).amount.currency;
        const result = await till.payments.refund(id, {
          amount: await amountIn(currency, amount),
          idempotencyKey: key,
          ...(reason !== undefined && { reason }),
        });
        printResult(command, context, result, describeRefund);
      }),
    );
  withExamples(payment, ["till refund payment <payment-id> --amount 5.00"]);
}

type Decision = { readonly reason: string; readonly key?: string };
type Part = { readonly amount?: string; readonly key?: string };

async function amountIn(
  currency: () => Promise<string>,
  amount: string | undefined,
): Promise<Money | undefined> {
  return amount === undefined ? undefined : { currency: await currency(), amount };
}

function describeRefund({ refund, payment }: StartedRefund): string[] {
  return [
    `Refund ${refund.id}  ${refund.status}  ${formatMoney(refund.amount)}`,
    `  of payment ${payment.id}  ${payment.status}, ${formatMoney(payment.refunded)} refunded`,
  ];
}
