import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The version of this package, from the manifest above this file, which is elsewhere in the published package. */
export function packageVersion(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const { name, version } = manifestIn(folder);
    if (name === "@till/client" && version !== undefined) return version;
    if (folder === dirname(folder)) throw new Error("this file belongs to no package");
  }
}

function manifestIn(folder: string): { readonly name?: string; readonly version?: string } {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as object;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}
