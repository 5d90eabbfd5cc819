import { glob, readFile, rm } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";

/**
 * Removes the compiled files that none of the entries reaches by imports: generated code of services that the client does
 * not call, and declarations of what is not exported. A declaration counts as an entry where its script is one.
 */
export async function removeUnreachable(dist: string, entries: readonly string[]): Promise<void> {
  const reached = new Set<string>();
  for (const entry of entries) await reach(join(dist, entry), reached);
  for await (const file of glob("**/*.{js,d.ts}", { cwd: dist })) {
    const path = join(dist, file);
    if (!reached.has(path)) await rm(path);
  }
}

async function reach(path: string, reached: Set<string>): Promise<void> {
  if (reached.has(path)) return;
  reached.add(path);
  const text = await readFile(path, "utf8");
  const suffix = path.endsWith(".d.ts") ? ".d.ts" : ".js";
  for (const [, name = ""] of text.matchAll(relativeName))
    await reach(normalize(join(dirname(path), name)).replace(/\.js$/, suffix), reached);
}

/** The name in `from "…"`, `import "…"` and `import("…")`, where it is relative. */
const relativeName = /(?:\bfrom |\bimport |\bimport\()"(\.[^"]*)"/g;
