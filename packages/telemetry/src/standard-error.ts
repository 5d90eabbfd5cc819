import { pino } from "pino";

type StandardError = pino.DestinationStream & { readonly flushSync: () => void };

let opened: StandardError | undefined;

/**
 * Stderr as the destination of logs. Lines are written in the background, so that a slow reader of the log does not delay
 * a call, and those of one turn of the event loop together: pino's stream copies all that waits with each line it is given.
 * Flushed at exit.
 */
export function standardError(): StandardError {
  return (opened ??= open());
}

/** Writes the lines that wait, before something else writes to stderr. */
export function flushLogs(): void {
  opened?.flushSync();
}

function open(): StandardError {
  const stream = pino.destination({ dest: 2, sync: false });
  let lines: string[] = [];
  const writeLines = () => {
    stream.write(lines.join(""));
    lines = [];
  };
  const flushSync = () => {
    writeLines();
    stream.flushSync();
  };
  process.once("exit", flushSync);
  return {
    write(line) {
      if (lines.push(line) === 1) setImmediate(writeLines);
    },
    flushSync,
  };
}
