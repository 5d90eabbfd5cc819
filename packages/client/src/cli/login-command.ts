import type { Command } from "commander";
import { newKey } from "../new-key.ts";
import { saveCredentials } from "./credentials.ts";
import { withExamples } from "./examples.ts";
import { defaultSandbox, sandboxToken } from "./sandbox-token.ts";
import { printResult, type GlobalOptions } from "./session.ts";
import type { CliContext } from "./context.ts";

/** `till login`. */
export function addLoginCommand(program: Command, context: CliContext): void {
  const login = program
    .command("login")
    .description("keep a token, and addresses given with it: --token, or one of the sandbox on this machine")
    .option("--sandbox <url>", "where the sandbox issues tokens", defaultSandbox)
    .option("--user <id>", "the sandbox's user; else a new one")
    .option("--role <role>", "user, admin or service", "user")
    .action(async ({ sandbox, role, user = newSandboxUser() }: LoginOptions, command: Command) => {
      const { token: given, ...addresses } = command.optsWithGlobals<GlobalOptions>();
      const { orderAddress, paymentAddress, webhookAddress } = addresses;
      const path = context.config.credentialsPath;
      const credentials =
        given === undefined
          ? { token: await sandboxToken(sandbox, user, role), sandbox }
          : { token: given, sandbox: undefined };
      await saveCredentials(path, { ...credentials, orderAddress, paymentAddress, webhookAddress });
      const login = { path, ...(given === undefined && { user, role, sandbox }) };
      printResult(command, context, login, () => [
        `logged in ${given === undefined ? `as ${role} ${user}` : "with the token"}; kept in ${path}`,
      ]);
    });
  withExamples(login, [
    "till login",
    "till login --role admin",
    "till login --token $TOKEN --order-address grpcs://orders.example.com --payment-address grpcs://payments.example.com",
  ]);
}

type LoginOptions = { readonly sandbox: string; readonly user?: string; readonly role: string };

/** The sandbox takes any id with this prefix for an active user. */
function newSandboxUser(): string {
  return `018f0000-0000-7000-9000-${newKey().slice(0, 12)}`;
}
