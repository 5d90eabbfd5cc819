import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

describe("the check for breaking changes of the protos", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "till-contract-"));
    await mkdir(join(root, "proto/shop/v1"), { recursive: true });
    const config = ["version: v2", "modules:", "  - path: proto", "breaking:", "  use: [FILE]", ""];
    await writeFile(join(root, "buf.yaml"), config.join("\n"));
    await write("string id = 1;", "string note = 2;");
    expect(run("--freeze")).to.equal(0);
  });
  after(() => rm(root, { recursive: true }));

  it("passes the frozen contract, and one with additions", async () => {
    expect(run()).to.equal(0);
    await write("string id = 1;", "string note = 2;", "string added = 3;");
    expect(run()).to.equal(0);
  });

  it("fails where a field was deleted, and where one was renamed", async () => {
    await write("string id = 1;");
    expect(run()).to.equal(1);
    await write("string id = 1;", "string remark = 2;");
    expect(run()).to.equal(1);
  });

  it("freezes a breaking change only with its reason, and keeps the reason", async () => {
    await write("string id = 1;");
    expect(run("--freeze")).to.equal(1);
    expect(run("--freeze", "--breaking", "notes are gone")).to.equal(0);
    expect(run()).to.equal(0);
    expect(await readFile(join(root, "proto/breaking-changes.md"), "utf8")).to.equal("- notes are gone\n");
  });

  function write(...fields: readonly string[]): Promise<void> {
    const text = ['syntax = "proto3";', "package shop.v1;", `message Cart { ${fields.join(" ")} }`, ""];
    return writeFile(join(root, "proto/shop/v1/cart.proto"), text.join("\n"));
  }

  function run(...args: readonly string[]): number | null {
    const script = join(import.meta.dirname, "proto-breaking.ts");
    return spawnSync(process.execPath, [script, "--root", root, ...args]).status;
  }
});
