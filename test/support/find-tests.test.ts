import { expect } from "chai";
import { join } from "node:path";
import { findTests } from "./find-tests.ts";

describe("npm test's arguments", () => {
  const root = join(import.meta.dirname, "..", "..");

  it("leave all tests in when there are none, those of the whole system apart", () => {
    const { parts, system, mochaArguments } = findTests([]);
    expect(parts).to.include("packages/embedded-postgres/test/start-embedded.test.ts");
    expect(parts).to.include("deploy/local/src/stack.test.ts");
    expect(system.every((file) => /^test\/[^/]+\.test\.ts$/.test(file))).to.equal(true);
    expect(mochaArguments).to.deep.equal([]);
  });

  it("choose tests by folder or file, and hand the rest to mocha", () => {
    const file = join(root, "test/support/eventually.test.ts");
    const tests = findTests(["--bail", file, "--grep", "waits for", "--retries=2"]);
    expect(tests.parts).to.deep.equal(["test/support/eventually.test.ts"]);
    expect(tests.system).to.deep.equal([]);
    expect(tests.mochaArguments).to.deep.equal(["--bail", "--grep", "waits for", "--retries=2"]);
    expect(findTests([join(root, "test", "support")]).parts).to.include.members(tests.parts);
  });

  it("are rejected when they name a file that does not exist, or no tests", () => {
    expect(() => findTests(["packages/nowhere"])).to.throw("there is no packages/nowhere");
    expect(() => findTests([join(root, "third_party")])).to.throw("there are no tests in third_party");
  });
});
