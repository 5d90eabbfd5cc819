import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { breakingBaseline } from "./breaking-baseline.ts";

describe("the contracts that a change must not break", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "till-baseline-"));
    await mkdir(join(root, "proto"));
    git("init", "--quiet", "--initial-branch=main");
  });
  afterEach(() => rm(root, { recursive: true }));

  it("are none outside a repository, and before the first commit", async () => {
    expect(breakingBaseline(root)).to.equal(undefined);
    await rm(join(root, ".git"), { recursive: true });
    expect(breakingBaseline(root)).to.equal(undefined);
  });

  it("are none while there has been only one version of them", async () => {
    await commit("first");
    expect(breakingBaseline(root)).to.equal(undefined);
  });

  it("are the last commit's while they are being changed", async () => {
    const last = await commit("first");
    await write("proto/order.proto", "second");
    expect(breakingBaseline(root)).to.equal(last);
  });

  it("are those before their last change when nothing is being changed", async () => {
    const before = await commit("first");
    await commit("second");
    await write("README.md", "something else");
    git("add", "README.md");
    git("commit", "--quiet", "--message", "something else");
    expect(breakingBaseline(root)).to.equal(before);
  });

  it("are the published main's when several commits are not published yet", async () => {
    await commit("first");
    const published = await commit("second");
    git("update-ref", "refs/remotes/origin/main", published);
    await commit("third");
    await commit("fourth");
    expect(breakingBaseline(root)).to.equal(published);
  });

  async function commit(contracts: string): Promise<string> {
    await write("buf.yaml", "version: v2");
    await write("proto/order.proto", contracts);
    git("add", ".");
    git("commit", "--quiet", "--message", contracts);
    return git("rev-parse", "HEAD");
  }
  function write(path: string, text: string): Promise<void> {
    return writeFile(join(root, path), text);
  }
  function git(...args: readonly string[]): string {
    // Maintenance would go on in the background, in a folder that is about to be deleted.
    const quiet = ["-c", "commit.gpgSign=false", "-c", "maintenance.auto=false"];
    const as = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...quiet];
    return execFileSync("git", [...as, ...args], { cwd: root, encoding: "utf8" }).trim();
  }
});
