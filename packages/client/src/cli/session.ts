import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import { createTill, type Till, type TlsOptions } from "../index.ts";
import { readCredentials } from "./credentials.ts";
import type { CliContext } from "./context.ts";
import { UsageError } from "./usage-error.ts";

/** Options that every command has. */
export type GlobalOptions = {
  readonly json?: boolean;
  readonly token?: string;
  readonly orderAddress?: string;
  readonly paymentAddress?: string;
  readonly webhookAddress?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly certKey?: string;
  readonly timeout: string;
};

/** The token that a command would use, if there is one. */
export type SavedToken = {
  readonly token: string | undefined;
  /** Whether it is that of `till login` from a sandbox. */
  readonly isOfSandbox: boolean;
};

/** Runs a command with a client, which is closed afterwards. `tokenOf` may choose another token than the saved one. */
export async function withTill(
  command: Command,
  { config }: CliContext,
  run: (till: Till) => Promise<void>,
  tokenOf: (saved: SavedToken) => string | Promise<string> = requiredToken,
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const saved = await readCredentials(config.credentialsPath);
  const { token = saved?.token, tls } = await connectionOf(command, { config });
  const isOfSandbox = token === saved?.token && saved?.sandbox !== undefined;
  const till = createTill({
    token: await tokenOf({ token, isOfSandbox }),
    orderAddress: options.orderAddress ?? config.orderAddress ?? saved?.orderAddress,
    paymentAddress: options.paymentAddress ?? config.paymentAddress ?? saved?.paymentAddress,
    webhookAddress: options.webhookAddress ?? config.webhookAddress ?? saved?.webhookAddress,
    tls,
    timeoutMs: secondsFrom(options.timeout) * 1000,
  });
  try {
    await run(till);
  } finally {
    till.close();
  }
}

/** The token and the certificates that the command line or the environment names. */
export async function connectionOf(
  command: Command,
  { config }: Pick<CliContext, "config">,
): Promise<{ readonly token: string | undefined; readonly tls: TlsOptions | undefined }> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const tls = {
    ca: await pemIn(options.ca ?? config.ca, "--ca"),
    cert: await pemIn(options.cert ?? config.cert, "--cert"),
    key: await pemIn(options.certKey ?? config.key, "--cert-key"),
  };
  const isNamed = Object.values(tls).some((pem) => pem !== undefined);
  return { token: options.token ?? config.token, tls: isNamed ? tls : undefined };
}

function requiredToken({ token }: SavedToken): string {
  if (token !== undefined) return token;
  throw new UsageError("there is no token: run till login, or give one by --token or TILL_TOKEN");
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

/** Prints a list: as JSON one line for each element, else as a person reads it. */
export function printList<Item>(
  command: Command,
  { print }: CliContext,
  items: readonly Item[],
  describe: (items: readonly Item[]) => readonly string[],
): void {
  if (isJson(command)) for (const item of items) print(JSON.stringify(item));
  else describe(items).forEach(print);
}

/** Whether the caller wants JSON. */
export function isJson(command: Command): boolean {
  return command.optsWithGlobals<GlobalOptions>().json === true;
}

async function pemIn(path: string | undefined, option: string): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  return readFile(path).catch((error: unknown) => {
    throw new UsageError(`${option}: cannot read ${path}`, { cause: error });
  });
}

function secondsFrom(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new UsageError(`--timeout is a number of seconds, not ${text}`);
}
