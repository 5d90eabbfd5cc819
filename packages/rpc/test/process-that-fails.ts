import { createLog } from "@till/telemetry";
import { runUntilSignal } from "../src/server.ts";

const log = createLog({ service: "failing" });

/** A process in which nothing catches an error: one that is thrown in a callback, or a rejection. */
await runUntilSignal("failing", () => {
  const error = new Error("a foreign byte");
  setImmediate(() => {
    log.info("the last line before it");
    if (process.argv[2] === "thrown") throw error;
    void Promise.reject(error);
  });
  return Promise.resolve(() => {
    log.info("the last line");
    process.stdout.write("drained");
    return Promise.resolve();
  });
});
