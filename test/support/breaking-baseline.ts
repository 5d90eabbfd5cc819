import { spawnSync } from "node:child_process";

/**
 * The commit whose contracts the work tree must not break, if git knows one: where this work left the published
 * main; else the newest commit on this branch whose contracts differ from the work tree's. In a clone of main
 * itself (as in CI) that is the state before the last change of the contracts.
 */
export function breakingBaseline(root: string): string | undefined {
  const published = git(root, "merge-base", "HEAD", "origin/main");
  const changes = git(root, "rev-list", "--first-parent", "HEAD", "--", "proto")?.split("\n") ?? [];
  const candidates = [published ?? "", "HEAD", ...changes].filter((commit) => commit !== "");
  const baseline = candidates.find((commit) => hasContracts(root, commit) && differs(root, commit));
  return baseline && git(root, "rev-parse", baseline);
}

function hasContracts(root: string, commit: string): boolean {
  return ["buf.yaml", "proto"].every(
    (path) => git(root, "cat-file", "-e", `${commit}:${path}`) !== undefined,
  );
}

/** Files that git does not know yet do not count: nothing breaks by what is added. */
function differs(root: string, commit: string): boolean {
  return git(root, "diff", "--quiet", commit, "--", "proto") === undefined;
}

/** What git prints, or undefined where it fails: no repository, no such commit, a difference found. */
function git(root: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
