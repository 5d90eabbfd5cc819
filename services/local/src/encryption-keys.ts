import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The keys that payment methods are encrypted with on this machine: made at the first start, kept with the data. */
export async function localEncryptionKeys(dataDir: string): Promise<string> {
  const path = join(dataDir, "encryption-keys");
  const made = `local:${randomBytes(32).toString("base64")}`;
  await writeFile(path, made, { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return readFile(path, "utf8");
}
