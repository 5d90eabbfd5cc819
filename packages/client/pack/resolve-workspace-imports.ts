import { glob, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

const packages = join(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);

/**
 * Makes imports of workspace packages relative: `@till/money` is `../../money/src/money.js` beside the compiled client.
 * In declarations also relative imports name the compiled files.
 */
export async function resolveWorkspaceImports(dist: string): Promise<void> {
  for await (const file of glob("**/*.{js,d.ts}", { cwd: dist })) {
    const path = join(dist, file);
    const text = await readFile(path, "utf8");
    const resolved = text.replaceAll(importedName, (_, before: string, name: string) => {
      if (name.startsWith(".")) return `${before}"${name.replace(/\.ts$/, ".js")}"`;
      const target = join(dist, relative(packages, require.resolve(name))).replace(/\.ts$/, ".js");
      return `${before}"./${relative(dirname(path), target)}"`;
    });
    if (resolved !== text) await writeFile(path, resolved);
  }
}

/** The name in `from "…"`, `import "…"` and `import("…")`, where it is relative or a package of this workspace. */
const importedName = /(\bfrom |\bimport |\bimport\()"(\.[^"]*|@till\/[^"]+)"/g;
