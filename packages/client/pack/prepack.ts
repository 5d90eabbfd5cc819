import { execFileSync } from "node:child_process";
import { copyFile, cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { entriesOf, packedManifest } from "./packed-manifest.ts";
import { removeUnreachable } from "./remove-unreachable.ts";
import { resolveWorkspaceImports } from "./resolve-workspace-imports.ts";
import { readManifest, restoreManifest, saveManifest } from "./workspace-manifest.ts";

/**
 * Before `npm pack` and `npm publish`: compiles the client with the workspace packages that it imports into `dist`, and
 * puts the manifest of the published package into place of the workspace's until `postpack.ts`.
 */
const folder = join(import.meta.dirname, "..");
const dist = join(folder, "dist");

await restoreManifest();
await rm(dist, { recursive: true, force: true });
execFileSync("tsc", ["--project", folder], { stdio: ["ignore", process.stderr, process.stderr] });
// Generated code is JavaScript with declarations as it is.
await cp(join(folder, "../gen/src"), join(dist, "gen/src"), { recursive: true });
await resolveWorkspaceImports(dist);
const manifest = await readManifest();
await removeUnreachable(dist, entriesOf(manifest));
await copyFile(join(folder, "../../LICENSE"), join(dist, "LICENSE"));
await saveManifest();
await writeFile(join(folder, "package.json"), `${JSON.stringify(packedManifest(manifest), null, 2)}\n`);
