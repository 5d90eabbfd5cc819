import { ConfigError } from "@till/config";
import { kafkaBus } from "@till/events/bus";
import { createLog, createMetrics } from "@till/telemetry";
import { once } from "node:events";
import { sandboxConfig } from "./config.ts";
import { startSandbox } from "./sandbox.ts";

try {
  const config = sandboxConfig();
  const log = createLog({ service: "sandbox", level: config.logLevel });
  const brokers = config.kafkaBrokers;
  const bus = brokers && (await kafkaBus({ brokers, clientId: "till-sandbox", log }));
  const sandbox = await startSandbox({
    ...config,
    bus,
    log,
    metrics: createMetrics({ service: "sandbox" }),
  });
  // Before it says so: whoever reads that it is ready may end it at once.
  const signalled = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  log.info(`the sandbox is ready; GET ${sandbox.url} lists what it offers`);
  await signalled;
  await sandbox.close();
  await bus?.close();
  log.info("the sandbox has stopped");
} catch (error) {
  if (!isForThePersonAtTheKeyboard(error)) throw error;
  process.stderr.write(`sandbox: ${error.message}\n`);
  process.exitCode = 1;
}

/** A wrong setting, a taken port or a file out of reach needs one line, not a stack. */
function isForThePersonAtTheKeyboard(error: unknown): error is Error {
  return (
    error instanceof ConfigError || (error instanceof Error && /^cannot (serve|keep)/.test(error.message))
  );
}
