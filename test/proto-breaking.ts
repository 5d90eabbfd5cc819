import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/**
 * Part of `npm run check:proto`: the protos must not break the contract that was frozen by the last release, which is the
 * image proto/contract.binpb. `npm run freeze` replaces the image; over a breaking change only with
 * `-- --breaking "<reason>"`, which goes into proto/breaking-changes.md.
 */
const { values } = parseArgs({
  options: {
    freeze: { type: "boolean", default: false },
    breaking: { type: "string" },
    root: { type: "string", default: join(import.meta.dirname, "..") },
  },
});
const { root } = values;
const image = join(root, "proto/contract.binpb");
const isFirst = !existsSync(image);

if (isFirst && !values.freeze) {
  throw new Error("proto/contract.binpb is missing: it is a part of the repository, see npm run freeze");
}
const isBreaking = !isFirst && !buf("breaking", "proto", "--against", image);
if (values.freeze) freeze();
else if (isBreaking) process.exitCode = 1;
else console.log(isInStep() ? "buf breaking: none" : "buf breaking: none, with additions not frozen yet");

function freeze(): void {
  if (isBreaking && !values.breaking) {
    console.error('not frozen: say why the contract breaks, npm run freeze -- --breaking "<reason>"');
    process.exitCode = 1;
    return;
  }
  if (isBreaking) appendFileSync(join(root, "proto/breaking-changes.md"), `- ${values.breaking!}\n`);
  if (!build(image)) process.exitCode = 1;
}

function isInStep(): boolean {
  const current = join(tmpdir(), `till-contract-${process.pid}.binpb`);
  return build(current) && readFileSync(current).equals(readFileSync(image));
}

/** Writes the descriptors of all protos, without comments. */
function build(path: string): boolean {
  return buf("build", "proto", "--exclude-source-info", "-o", path);
}

function buf(...args: readonly string[]): boolean {
  const { status, error } = spawnSync("buf", args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  return status === 0;
}
