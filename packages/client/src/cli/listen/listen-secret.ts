import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { writePrivateFile } from "../private-file.ts";

/** The secret that forwarded webhooks are signed with: made once and kept, so that a receiver's settings stay valid. */
export async function listenSecret(path: string): Promise<string> {
  const kept = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (/^whsec_\S+$/.test(kept.trim())) return kept.trim();
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  await writePrivateFile(path, `${secret}\n`);
  return secret;
}
