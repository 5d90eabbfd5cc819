import { expect } from "chai";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { abortAfter } from "./abort-after.ts";

describe("abortAfter", () => {
  it("aborts with a TimeoutError", async () => {
    using timeout = abortAfter(1);
    await once(timeout.signal, "abort");
    expect((timeout.signal.reason as Error).name).to.equal("TimeoutError");
  });

  it("does not abort once it is disposed of", async () => {
    const timeout = abortAfter(1);
    timeout[Symbol.dispose]();
    await sleep(5);
    expect(timeout.signal.aborted).to.equal(false);
  });
});
