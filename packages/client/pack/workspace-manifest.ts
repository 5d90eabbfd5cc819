import { copyFile, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

const manifest = join(import.meta.dirname, "../package.json");
const saved = join(import.meta.dirname, "../package.workspace.json");

/** What this package's `package.json` may have. */
export type Manifest = {
  readonly scripts?: unknown;
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
};

export async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(manifest, "utf8")) as Manifest;
}

/** Keeps the workspace's manifest aside. */
export async function saveManifest(): Promise<void> {
  await copyFile(manifest, saved);
}

/** Puts the workspace's manifest into place again, where it is aside: also after a pack that was interrupted. */
export async function restoreManifest(): Promise<void> {
  await rename(saved, manifest).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
