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
  // Listens before it logs that it is ready: a reader of that line may send the signal at once.
  const signalled = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  log.info(`the sandbox is ready; GET ${sandbox.url} lists what it offers`);
  await signalled;
  await sandbox.close();
  await bus?.close();
  log.info("the sandbox has stopped");
} catch (error) {
  if (!isOperatorError(error)) throw error;
  process.stderr.write(`sandbox: ${error.message}\n`);
  process.exitCode = 1;
}

/** An invalid setting, a taken port or an unreadable file needs one line, not a stack trace. */
function isOperatorError(error: unknown): error is Error {
  return (
    error instanceof ConfigError || (error instanceof Error && /^cannot (serve|keep)/.test(error.message))
  );
}
