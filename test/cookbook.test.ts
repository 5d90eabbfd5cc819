import { expect } from "chai";
import { hasGrpcurl, runCookbook } from "./support/cookbook.ts";

describe("the README's cookbook", () => {
  it("runs without a failing line, twice in a row", async function () {
    if (!(await hasGrpcurl())) {
      console.error("    grpcurl is not installed: the cookbook is not run");
      return this.skip();
    }
    for (const { exitCode, output } of await runCookbook(2)) {
      expect(exitCode, output).to.equal(0);
      expect(output).to.include('"idempotentReplay": true');
    }
  }).timeout(300_000);
});
