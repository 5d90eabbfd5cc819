import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localEncryptionKeys } from "./encryption-keys.ts";

describe("the keys of npm start", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "till-keys-"))));
  after(() => rm(folder, { recursive: true }));

  it("are the data folder's own, the same at every start", async () => {
    const own = await localEncryptionKeys(folder);
    expect(own).to.match(/^local:[\w+/]{43}=$/);
    expect([await localEncryptionKeys(folder), await localEncryptionKeys(folder, "")]).to.eql([own, own]);
  });

  it("are those that are given, the first for encrypting, and the folder's own for what it encrypted", async () => {
    const own = await localEncryptionKeys(folder);
    expect(await localEncryptionKeys(folder, "new:N,old:O")).to.equal(`new:N,old:O,${own}`);
  });

  it("do not hold the folder's own twice where it is given as well", async () => {
    const own = await localEncryptionKeys(folder);
    expect(await localEncryptionKeys(folder, `new:N, ${own}`)).to.equal(`new:N, ${own}`);
  });
});
