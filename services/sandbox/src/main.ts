import { ConfigError } from "@till/config";
import { createLog, createMetrics } from "@till/telemetry";
import { once } from "node:events";
import { sandboxConfig } from "./config.ts";
import { startSandbox } from "./sandbox.ts";

try {
  const config = sandboxConfig();
  const log = createLog({ service: "sandbox", level: config.TILL_LOG_LEVEL });
  const sandbox = await startSandbox({
    host: config.TILL_HOST,
    grpcPort: config.TILL_SANDBOX_PORT,
    httpPort: config.TILL_SANDBOX_HTTP_PORT,
    log,
    metrics: createMetrics({ service: "sandbox" }),
  });
  log.info(`the sandbox is ready; GET ${sandbox.url} lists what it offers`);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  await sandbox.close();
  log.info("the sandbox has stopped");
} catch (error) {
  if (!isForThePersonAtTheKeyboard(error)) throw error;
  process.stderr.write(`sandbox: ${error.message}\n`);
  process.exitCode = 1;
}

/** A wrong setting or a taken port needs one line, not a stack. */
function isForThePersonAtTheKeyboard(error: unknown): error is Error {
  return error instanceof ConfigError || (error instanceof Error && error.message.startsWith("cannot serve"));
}
