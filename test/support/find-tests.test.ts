import { expect } from "chai";
import { join } from "node:path";
import { findTests } from "./find-tests.ts";

describe("npm test's arguments", () => {
  const root = join(import.meta.dirname, "..", "..");

  it("leave all tests in when there are none, those of the whole system apart", () => {
    const { together, alone, mochaArguments } = findTests([]);
    expect(together).to.include("packages/embedded-postgres/test/start-embedded.test.ts");
    expect(together).to.include("deploy/local/src/stack.test.ts");
    expect(alone.every((file) => /^test\/[^/]+\.test\.ts$/.test(file))).to.equal(true);
    expect(mochaArguments).to.deep.equal([]);
  });

  it("choose tests by folder or file, and hand the rest to mocha", () => {
    const file = join(root, "test/support/eventually.test.ts");
    const tests = findTests(["--bail", file, "--grep", "waits for", "--retries=2"]);
    expect(tests.together).to.deep.equal(["test/support/eventually.test.ts"]);
    expect(tests.alone).to.deep.equal([]);
    expect(tests.mochaArguments).to.deep.equal(["--bail", "--grep", "waits for", "--retries=2"]);
    expect(findTests([join(root, "test", "support")]).together).to.include.members(tests.together);
  });

  it("are rejected when they name a file that does not exist, or no tests", () => {
    expect(() => findTests(["packages/nowhere"])).to.throw("there is no packages/nowhere");
    expect(() => findTests([join(root, "third_party")])).to.throw("there are no tests in third_party");
  });
});
