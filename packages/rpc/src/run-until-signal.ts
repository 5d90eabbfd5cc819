import { createLog, flushLogs } from "@till/telemetry";
import { once } from "node:events";

/**
 * Runs a process: starts it, waits for SIGTERM or SIGINT, stops it and exits. A signal that comes during the start aborts
 * the start's own signal. A start that fails is one clear line and exit code 1; a second signal ends the process at
 * once, and so do 25 seconds. One Ctrl-C can come twice, from the terminal and from npm: what follows the first at its
 * heels is not a second one. An error that nothing has caught is logged and stops the process in the same way, with exit
 * code 1: the state it leaves is not known.
 */
export async function runUntilSignal(
  name: string,
  start: (signal: AbortSignal) => Promise<() => Promise<void>>,
): Promise<void> {
  let exitCode = 0;
  const uncaught = firstUncaughtError(name).then(() => (exitCode = 1));
  const signalled = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT"), uncaught]);
  const stopping = new AbortController();
  const starting = start(stopping.signal).catch((error: unknown) => {
    if (stopping.signal.aborted && isAbort(error)) process.exit(exitCode);
    print(`${name} cannot start: ${reasonFor(error)}`);
    process.exit(1);
  });
  await signalled;
  const signalledAt = performance.now();
  const exitNow = () => performance.now() - signalledAt > echoMs && process.exit(1);
  process.on("SIGTERM", exitNow).on("SIGINT", exitNow);
  stopping.abort();
  setTimeout(() => {
    print(`${name} did not stop within ${lastMomentMs / 1000} s`);
    process.exit(1);
  }, lastMomentMs).unref();
  const stop = await starting;
  try {
    await stop();
    process.exit(exitCode);
  } catch (error) {
    print(`${name} did not stop cleanly: ${reasonFor(error)}`);
    process.exit(1);
  }
}

/** Prints a line for people, after what was logged before it. */
function print(line: string): void {
  flushLogs();
  process.stderr.write(`${line}\n`);
}

const echoMs = 500;
/** Before the 30 seconds are over after which Kubernetes and Docker Compose kill a process. */
const lastMomentMs = 25_000;

/** Resolves at the first error that nothing has caught, rejections included; each is logged. */
function firstUncaughtError(name: string): Promise<void> {
  return new Promise((resolve) => {
    process.on("uncaughtException", (error) => {
      createLog({ service: name }).fatal({ err: error }, "an error was not caught, the process stops");
      resolve();
    });
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** The message and its causes, which for a failed connection say more than the message. */
function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors.map(reasonFor).join("; ") : error.cause;
  const own = error.message || error.name;
  return inner === undefined || own.includes(reasonFor(inner)) ? own : `${own} (${reasonFor(inner)})`;
}
