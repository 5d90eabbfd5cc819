import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The keys that payment methods are encrypted with on this machine: those that are given, and behind them the data
 * folder's own, made at the first start and kept with the data. What it has encrypted is readable whatever is given.
 */
export async function localEncryptionKeys(dataDir: string, given = ""): Promise<string> {
  const own = await ownKey(dataDir);
  const givenKeys = given === "" ? [] : given.split(",");
  const isGiven = givenKeys.some((key) => idOf(key) === idOf(own));
  return [...givenKeys, ...(isGiven ? [] : [own])].join(",");
}

async function ownKey(dataDir: string): Promise<string> {
  const path = join(dataDir, "encryption-keys");
  const made = `local:${randomBytes(32).toString("base64")}`;
  await writeFile(path, made, { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return readFile(path, "utf8");
}

function idOf(key: string): string | undefined {
  return key.trim().split(":")[0];
}
