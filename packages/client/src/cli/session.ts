import type { Command } from "commander";
import { createTill, type Till } from "../index.ts";
import { readCredentials } from "./credentials.ts";
import type { CliContext } from "./context.ts";
import { UsageError } from "./usage-error.ts";

/** Options that every command has. */
export type GlobalOptions = {
  readonly json?: boolean;
  readonly token?: string;
  readonly orderAddress?: string;
  readonly paymentAddress?: string;
  readonly timeout: string;
};

/** Runs a command with a client, which is closed afterwards. */
export async function withTill(
  command: Command,
  { config }: CliContext,
  run: (till: Till) => Promise<void>,
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const saved = await readCredentials(config.credentialsPath);
  const token = options.token ?? config.token ?? saved?.token;
  if (token === undefined)
    throw new UsageError("there is no token: run till login, or give one by --token or TILL_TOKEN");
  const till = createTill({
    token,
    orderAddress: options.orderAddress ?? config.orderAddress ?? saved?.orderAddress,
    paymentAddress: options.paymentAddress ?? config.paymentAddress ?? saved?.paymentAddress,
    timeoutMs: secondsFrom(options.timeout) * 1000,
  });
  try {
    await run(till);
  } finally {
    till.close();
  }
}

/** Prints a result as JSON where it is wanted, else as a person reads it. */
export function printResult<Result>(
  command: Command,
  { print }: CliContext,
  result: Result,
  describe: (result: Result) => readonly string[],
): void {
  if (isJson(command)) print(JSON.stringify(result, null, 2));
  else describe(result).forEach(print);
}

/** Whether the caller wants JSON. */
export function isJson(command: Command): boolean {
  return command.optsWithGlobals<GlobalOptions>().json === true;
}

function secondsFrom(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new UsageError(`--timeout is a number of seconds, not ${text}`);
}
