import { readFile } from "node:fs/promises";

/** Returns PEM text: what is given, or the content of the file that is given. */
export async function readPem(given: string): Promise<string> {
  return isPem(given) ? given : readFile(given, "utf8");
}

/** Whether a setting is the PEM itself, and no file. */
export function isPem(given: string): boolean {
  return given.startsWith("-----BEGIN");
}
