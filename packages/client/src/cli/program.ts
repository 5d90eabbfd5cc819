import { Command } from "commander";
import { addEventsCommand } from "./events-command.ts";
import { addLoginCommand } from "./login-command.ts";
import { addOrdersCommands } from "./orders-commands.ts";
import { addPayCommand } from "./pay-command.ts";
import { addRefundCommands } from "./refund-commands.ts";
import type { CliContext } from "./context.ts";

/** The command line `till`. */
export function tillProgram(context: CliContext): Command {
  const program = new Command("till")
    .description("Orders and payments of Till")
    .option("--json", "print JSON: one value, or one a line for lists and watches")
    .option("--token <jwt>", "bearer token; else TILL_TOKEN, else that of till login")
    .option("--order-address <host:port>", "order service; else TILL_ORDER_ADDRESS, else 127.0.0.1:50051")
    .option(
      "--payment-address <host:port>",
      "payment service; else TILL_PAYMENT_ADDRESS, else 127.0.0.1:50052",
    )
    .option("--timeout <seconds>", "deadline of a call with its retries", "20")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      "after",
      `
On a laptop, with \`npm start\` of Till running:
  till login
  till orders create --course 018f0000-0000-7000-8000-0000000000c1
  till pay <order-id> --card tok_approve
  till orders watch <order-id>`,
    );
  addLoginCommand(program, context);
  addOrdersCommands(program, context);
  addPayCommand(program, context);
  addRefundCommands(program, context);
  addEventsCommand(program, context);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => context.print(text.trimEnd()),
        writeErr: (text) => context.printError(text.trimEnd()),
      })
      .showHelpAfterError("Add --help for what there is.");
  return program;
}
