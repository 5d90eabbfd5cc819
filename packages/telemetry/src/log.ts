import { pino } from "pino";
import { maskCardNumbers } from "./card-numbers.ts";
import { hasDigitRun } from "./digit-runs.ts";
import { redacted } from "./redacted.ts";

export type Log = pino.Logger;

type LogOptions = {
  readonly service: string;
  readonly level?: pino.LevelWithSilent;
  readonly destination?: pino.DestinationStream;
};

/** Returns a logger of JSON lines, to stderr by default. Secrets are masked by their names, card numbers everywhere. */
export function createLog({ service, level = "info", destination = standardError() }: LogOptions): Log {
  const log: Log = pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redacted },
      // `redacted` has serialized the errors before this step.
      serializers: { err: (error: unknown) => error },
      // The texts of the whole line: messages, bindings and names too. `redacted` has masked the numbers.
      hooks: { streamWrite: (line) => (hasDigitRun(line) ? line.replace(jsonText, maskQuoted) : line) },
    },
    destination,
  );
  return maskingChildren(log);
}

/** Text by text: a number's digits may be apart in a text, but not in two values of the line. */
const jsonText = /"[^"\\]*(?:\\.[^"\\]*)*"/g;

const maskQuoted = (text: string) => `"${maskCardNumbers(text.slice(1, -1))}"`;

/** pino's log formatter does not see what a child logger is bound to; every descendant inherits this `child`. */
function maskingChildren(log: Log): Log {
  const { child } = log as WithChild;
  const masking: WithChild = {
    child(bindings, options) {
      return child.call(this, redacted(bindings), options);
    },
  };
  return Object.assign(log, masking);
}

type WithChild = { readonly child: (bindings: pino.Bindings, options?: pino.ChildLoggerOptions) => unknown };

/** Written in the background, so that a slow reader of the log does not delay a call; flushed at exit. */
function standardError(): pino.DestinationStream {
  return pino.destination({ dest: 2, sync: false });
}
