import { pino } from "pino";
import { maskCardNumbers } from "./card-numbers.ts";
import { redacted } from "./redacted.ts";
import { standardError } from "./standard-error.ts";

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
      // `redacted` has serialized the errors, and masked all but the message, before this step.
      serializers: { err: (error: unknown) => error, msg: maskText },
    },
    destination,
  );
  return maskingChildren(log);
}

function maskText(message: unknown): unknown {
  return typeof message === "string" ? maskCardNumbers(message) : message;
}

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
