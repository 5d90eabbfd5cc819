import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The code of the package's README in a language, block by block. */
export async function readmeBlocks(language: "ts" | "sh"): Promise<string[]> {
  const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  return [...readme.matchAll(/```(\w+)\n([^]*?)```/g)].flatMap(([, of, code = ""]) =>
    of === language ? [code] : [],
  );
}
