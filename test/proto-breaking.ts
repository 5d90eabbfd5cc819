import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { breakingBaseline } from "./support/breaking-baseline.ts";

/** Part of `npm run check:proto`: the contracts as they are now must not break callers of what went before. */
const root = join(import.meta.dirname, "..");
const baseline = breakingBaseline(root);

if (baseline === undefined) {
  console.log(
    "buf breaking: skipped, git has no earlier version of the contracts that differs from this one",
  );
} else {
  console.log(`buf breaking: against ${baseline.slice(0, 12)}`);
  process.exitCode = breaksAgainst(baseline);
}

/** Compares with an unpacked copy: that works in a shallow clone and in a linked work tree too. */
function breaksAgainst(commit: string): number {
  const earlier = mkdtempSync(join(tmpdir(), "till-proto-"));
  try {
    const archive = execFileSync("git", ["archive", commit], { cwd: root, maxBuffer: 1024 ** 3 });
    execFileSync("tar", ["-x", "-C", earlier], { input: archive });
    const { status, error } = spawnSync("buf", ["breaking", "--against", earlier], {
      cwd: root,
      stdio: "inherit",
    });
    if (error) throw error;
    return status ?? 1;
  } finally {
    rmSync(earlier, { recursive: true });
  }
}
