import { runUntilSignal } from "../src/server.ts";

/** A process in which nothing catches an error: one that is thrown in a callback, or a rejection. */
await runUntilSignal("failing", () => {
  const error = new Error("a foreign byte");
  setImmediate(() => {
    if (process.argv[2] === "thrown") throw error;
    void Promise.reject(error);
  });
  return Promise.resolve(() => {
    process.stdout.write("drained");
    return Promise.resolve();
  });
});
