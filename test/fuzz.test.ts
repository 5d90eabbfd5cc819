import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

describe("Two minutes of anything, from every role, to every RPC", () => {
  it("find no unforeseen error, disturb no well-behaved buyer, and leave money, events and memory as they should be", async function () {
    this.timeout(600_000);
    if (!process.env.TILL_TEST_KAFKA_BROKERS) this.skip();
    const run = spawn(process.execPath, ["test/fuzz/main.ts", "--seed", "1", "--minutes", "2"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(run, "exit") as Promise<[number | null]>;
    const [printed, [code]] = await Promise.all([text(run.stdout), exited]);
    expect(code, printed).to.equal(0);
    expect(printed).to.include("no finding");
  });
});
