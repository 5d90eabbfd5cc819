import type { Command } from "commander";
import { newKey } from "../new-key.ts";
import { saveCredentials } from "./credentials.ts";
import type { GlobalOptions } from "./session.ts";
import type { CliContext } from "./context.ts";
import { UsageError } from "./usage-error.ts";

/** `till login`. */
export function addLoginCommand(program: Command, context: CliContext): void {
  program
    .command("login")
    .description("keep a token, and addresses given with it: --token, or one of the sandbox on this machine")
    .option("--sandbox <url>", "where the sandbox issues tokens", "http://127.0.0.1:8090")
    .option("--user <id>", "the sandbox's user; else a new one")
    .option("--role <role>", "user, admin or service", "user")
    .action(async (options: LoginOptions, command: Command) => {
      const { token: given, orderAddress, paymentAddress } = command.optsWithGlobals<GlobalOptions>();
      const { credentialsPath } = context.config;
      const user = options.user ?? newSandboxUser();
      const token = given ?? (await sandboxToken(options, user));
      await saveCredentials(credentialsPath, { token, orderAddress, paymentAddress });
      const who = given === undefined ? `${options.role} ${user}` : "with the token";
      context.print(`logged in ${given === undefined ? "as " : ""}${who}; kept in ${credentialsPath}`);
    });
}

type LoginOptions = { readonly sandbox: string; readonly user?: string; readonly role: string };

/** The sandbox takes any id with this prefix for an active user. */
function newSandboxUser(): string {
  return `018f0000-0000-7000-9000-${newKey().slice(0, 12)}`;
}

const daySeconds = 24 * 3600;

async function sandboxToken({ sandbox, role }: LoginOptions, user: string): Promise<string> {
  const url = new URL("/token", sandbox);
  url.search = new URLSearchParams({ user, role, ttl: `${daySeconds}` }).toString();
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error: unknown) => {
    throw new UsageError(
      `there is no sandbox at ${sandbox} (start it with npm start, or name it by --sandbox); a token of your own goes in by --token`,
      { cause: error },
    );
  });
  const text = await response.text();
  if (!response.ok) throw new UsageError(`the sandbox issued no token: ${text.trim()}`);
  return text.trim();
}
