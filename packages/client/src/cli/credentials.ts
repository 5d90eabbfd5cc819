import { readFile } from "node:fs/promises";
import { writePrivateFile } from "./private-file.ts";
import { UsageError } from "./usage-error.ts";

/** What `till login` keeps: a token, and the addresses that were given with it. */
export type Credentials = {
  readonly token: string;
  readonly orderAddress?: string | undefined;
  readonly paymentAddress?: string | undefined;
  readonly webhookAddress?: string | undefined;
  /** Where the sandbox is that issued the token. */
  readonly sandbox?: string | undefined;
};

/** Returns what was kept, or undefined before the first login. Throws where the file is not as it was written. */
export async function readCredentials(path: string): Promise<Credentials | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const credentials = JSON.parse(text) as Credentials;
    if (typeof credentials.token === "string") return credentials;
  } catch {
    // Reported below, like a file without a token.
  }
  throw new UsageError(`${path} has no token in it: run till login again`);
}

/** Keeps credentials for their owner's eyes only. */
export async function saveCredentials(path: string, credentials: Credentials): Promise<void> {
  await writePrivateFile(path, `${JSON.stringify(credentials, null, 2)}\n`);
}
