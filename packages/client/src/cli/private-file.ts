import { randomBytes } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a file for its owner's eyes only, whatever the mode of the file before. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const written = `${path}.${randomBytes(4).toString("hex")}`;
  await writeFile(written, text, { flag: "wx", mode: 0o600 });
  await rename(written, path);
}
