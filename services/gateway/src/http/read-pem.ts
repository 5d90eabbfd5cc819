import { readFile } from "node:fs/promises";

/** Returns PEM text: what is given, or the content of the file that is given. */
export async function readPem(given: string): Promise<string> {
  return given.startsWith("-----BEGIN") ? given : readFile(given, "utf8");
}
