import { expect } from "chai";
import { join } from "node:path";
import { findTests } from "./find-tests.ts";

describe("npm test's arguments", () => {
  const root = join(import.meta.dirname, "..", "..");

  it("leave all tests in when there are none, those of the whole system spread over the others", () => {
    const { files, mochaArguments } = findTests([]);
    expect(files).to.include("packages/embedded-postgres/test/start-embedded.test.ts");
    expect(files).to.include("deploy/local/src/stack.test.ts");
    const isOfSystem = (file: string) => /^test\/[^/]+\.test\.ts$/.test(file);
    expect(files.slice(0, 10).map(isOfSystem)).to.deep.equal([true, ...Array<boolean>(8).fill(false), true]);
    expect(files.slice(-20).some(isOfSystem)).to.equal(false);
    expect(files).to.include("test/fuzz.test.ts").and.have.lengthOf(new Set(files).size);
    expect(mochaArguments).to.deep.equal([]);
  });

  it("choose tests by folder or file, and hand the rest to mocha", () => {
    const file = join(root, "test/support/eventually.test.ts");
    const tests = findTests(["--bail", file, "--grep", "waits for", "--retries=2"]);
    expect(tests.files).to.deep.equal(["test/support/eventually.test.ts"]);
    expect(tests.mochaArguments).to.deep.equal(["--bail", "--grep", "waits for", "--retries=2"]);
    expect(findTests([join(root, "test", "support")]).files).to.include.members(tests.files);
  });

  it("are rejected when they name a file that does not exist, or no tests", () => {
    expect(() => findTests(["packages/nowhere"])).to.throw("there is no packages/nowhere");
    expect(() => findTests([join(root, "third_party")])).to.throw("there are no tests in third_party");
  });
});
