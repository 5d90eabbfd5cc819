import { writeSync } from "node:fs";

/** A destination of pino. */
type StandardError = {
  readonly write: (line: string) => void;
  /** Writes all lines that wait before it returns. */
  readonly flushSync: () => void;
};

let opened: StandardError | undefined;

/**
 * Stderr as the destination of logs. The lines of 20 ms are written together, and those that wait at exit; a process that
 * is killed loses them. A slow reader of the log does not delay a call: what a full pipe does not take waits, up to 16 MiB;
 * lines beyond that are dropped, and counted in the log. So are those that cannot be written, since the pipe is closed or
 * the disk is full: a service does not end for want of its log.
 */
export function standardError(): StandardError {
  return (opened ??= open());
}

/** Writes the lines that wait, before something else writes to stderr. */
export function flushLogs(): void {
  opened?.flushSync();
}

const stderr = 2;
const gatherMs = 20;
const mostWaiting = 16 * 2 ** 20;
/** How long an exit waits for the reader of a full pipe. */
const fullMs = 5_000;

function open(): StandardError {
  // Node opens a pipe so that it does not block: where it is full, a write fails.
  void process.stderr;
  let lines: string[] = [];
  /** Characters of these lines, and how many lines were dropped after them. */
  let waiting = 0;
  let dropped = 0;
  /** What a full pipe has not taken of the lines before these. */
  let rest = nothing;
  let timer: NodeJS.Timeout | undefined;

  function writeLater(): void {
    timer ??= setTimeout(writeLines, gatherMs).unref();
  }

  function writeLines(): void {
    clearTimeout(timer);
    timer = undefined;
    rest = writeSome(rest);
    if (rest.length === 0 && lines.length > 0) {
      if (dropped > 0) lines.push(droppedLine(dropped));
      rest = writeSome(Buffer.from(lines.join("")));
      lines = [];
      waiting = dropped = 0;
    }
    if (rest.length > 0) writeLater();
  }

  function flushSync(): void {
    const giveUpAt = performance.now() + fullMs;
    writeLines();
    while (rest.length > 0 && performance.now() < giveUpAt) {
      Atomics.wait(neverNotified, 0, 0, gatherMs);
      writeLines();
    }
  }

  process.once("exit", flushSync);
  return {
    write(line) {
      if (waiting > mostWaiting) return void (dropped += 1);
      waiting += line.length;
      lines.push(line);
      writeLater();
    },
    flushSync,
  };
}

function droppedLine(count: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: "warn", time, dropped_lines: count, msg: "log lines were dropped: their reader is too slow" })}\n`;
}

const nothing: Buffer = Buffer.alloc(0);
const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/** Writes to stderr what it takes at once; returns the rest. */
function writeSome(bytes: Buffer): Buffer {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(stderr, rest));
    return rest;
  } catch (error) {
    const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
    return isFull ? rest : nothing;
  }
}
