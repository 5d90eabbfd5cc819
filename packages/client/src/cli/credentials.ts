import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "./usage-error.ts";

/** What `till login` keeps: a token, and the addresses that were given with it. */
export type Credentials = {
  readonly token: string;
  readonly orderAddress?: string | undefined;
  readonly paymentAddress?: string | undefined;
};

/** Returns what was kept, or undefined before the first login. Throws where the file is not as it was written. */
export async function readCredentials(path: string): Promise<Credentials | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { token, orderAddress, paymentAddress } = JSON.parse(text) as Credentials;
    if (typeof token === "string") return { token, orderAddress, paymentAddress };
  } catch {
    // Reported below, like a file without a token.
  }
  throw new UsageError(`${path} has no token in it: run till login again`);
}

/** Keeps credentials for their owner's eyes only, whatever the mode of the file before. */
export async function saveCredentials(path: string, credentials: Credentials): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const written = `${path}.${randomBytes(4).toString("hex")}`;
  await writeFile(written, `${JSON.stringify(credentials, null, 2)}\n`, { flag: "wx", mode: 0o600 });
  await rename(written, path);
}
