import { Command } from "commander";
import { addEventsCommand } from "./events-command.ts";
import { addListenCommand } from "./listen/listen-command.ts";
import { addLoginCommand } from "./login-command.ts";
import { addOpsCommands } from "./ops-commands.ts";
import { addOrdersCommands } from "./orders-commands.ts";
import { addPayCommand } from "./pay-command.ts";
import { addRefundCommands } from "./refund-commands.ts";
import { addVerifyUpstreamCommand } from "./verify-upstream/verify-upstream-command.ts";
import { addWebhooksCommands } from "./webhooks-commands.ts";
import type { CliContext } from "./context.ts";
import { packageVersion } from "./version.ts";

/** The command line `till`. */
export function tillProgram(context: CliContext): Command {
  const program = new Command("till")
    .description("Orders and payments of Till")
    .version(packageVersion(), "-V, --version", "print the version")
    .option(
      "--json",
      "print JSON: one value, or one a line for lists and watches; a failed call's error, too",
    )
    .option("--token <jwt>", "bearer token; else TILL_TOKEN, else that of till login")
    .option("--order-address <address>", "order service; else TILL_ORDER_ADDRESS, else 127.0.0.1:50051")
    .option("--payment-address <address>", "payment service; else TILL_PAYMENT_ADDRESS, else 127.0.0.1:50052")
    .option("--webhook-address <address>", "webhook service; else TILL_WEBHOOK_ADDRESS, else 127.0.0.1:50054")
    .option("--ca <file>", "certificate authorities to trust, as PEM; else TILL_CA")
    .option("--cert <file>", "certificate to present, as PEM; else TILL_CERT")
    .option("--cert-key <file>", "its key; else TILL_KEY")
    .option("--timeout <seconds>", "deadline of a call with its retries", "20")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      "after",
      `
An address is host:port, or grpcs://host:port for TLS.

On a laptop, with \`npm start\` of Till running:
  till login
  till orders create --course 018f0000-0000-7000-8000-0000000000c1
  till pay <order-id> --card tok_approve
  till orders watch <order-id>
  till listen --forward localhost:3000/hook`,
    );
  addLoginCommand(program, context);
  addOrdersCommands(program, context);
  addPayCommand(program, context);
  addRefundCommands(program, context);
  addEventsCommand(program, context);
  addListenCommand(program, context);
  addWebhooksCommands(program, context);
  addOpsCommands(program, context);
  addVerifyUpstreamCommand(program, context);
  for (const command of [program, ...commandsBelow(program)])
    command
      .helpCommand(false)
      .exitOverride()
      .configureOutput({
        writeOut: (text) => context.print(text.trimEnd()),
        writeErr: (text) => context.printError(text.trimEnd()),
      })
      .showHelpAfterError("Add --help for what there is.");
  return program;
}

/** Every command of a program, in depth. */
export function commandsBelow({ commands }: Command): Command[] {
  return commands.flatMap((command) => [command, ...commandsBelow(command)]);
}
