import type { Readiness } from "@till/telemetry";
import { Gauge, type Registry } from "prom-client";
import { type AppError, appError } from "./app-error.ts";
import type { Call } from "./call.ts";
import { commandsAtATime } from "./commands-at-a-time.ts";
import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";

/** Lets a server carry out so many commands at a time; further ones wait in a bounded queue. */
export type CommandQueue = {
  /**
   * Carries out a command, at once or when it is its turn. Throws OVERLOADED, with nothing done, where the queue is full
   * or the command would not end in its caller's time.
   */
  run<Result>(call: Call, work: () => Promise<Result>): Promise<Result>;
  /**
   * Expects a command of which the metadata alone has arrived. Where `run` would throw OVERLOADED, it returns after how
   * many milliseconds to retry: no more of that command need be read.
   */
  expect(remainingMs: number): number | undefined;
  close(): void;
};

type Waiting = { readonly call: Call; readonly begin: () => void; readonly reject: (error: unknown) => void };

type Options = {
  readonly limits: Pick<Limits, "commands" | "queuedCommands" | "stuckCommandsMs">;
  readonly readiness?: Readiness | undefined;
  readonly onLimit: OnLimit;
  readonly metrics: Registry;
};

/** The share of the last command in the time that commands usually take: those of a batch, which end together, make most of it. */
const weightOfLast = 1 / 32;

/** How often a full queue is looked through for callers that have gone. */
const lookThroughEveryMs = 50;

/** Opens the queue of one server. */
export function commandQueue({ limits, readiness, onLimit, metrics }: Options): CommandQueue {
  let queue: Waiting[] = [];
  let lookedThroughAt = 0;
  let running = 0;
  const atATime = commandsAtATime({ limits, running: () => running, onMore: startWaiting });
  /** Commands that begin to arrive in this turn of the event loop. */
  let arriving = 0;
  /** When a command ended, or began to wait for that. */
  let movedAt = 0;
  /** How long a command usually takes that is carried out; undefined before the first has ended. */
  let usualMs: number | undefined;
  showQueue(metrics, { running: () => running, queued: () => queue.length });

  const timer = setInterval(
    () => {
      const isStuck = queue.length > 0 && performance.now() - movedAt > limits.stuckCommandsMs;
      readiness?.set("commands", !isStuck);
    },
    Math.min(1_000, limits.stuckCommandsMs),
  );
  timer.unref();

  /** Begins a command: at once, or when the promise resolves. */
  function enter(call: Call): Promise<void> | undefined {
    if (arriving > 0) arriving -= 1;
    if (running < atATime.most() && queue.length === 0) {
      begin();
      return undefined;
    }
    if (queue.length === 0) movedAt = performance.now();
    if (queue.length >= limits.queuedCommands) dropUnawaited();
    const expectedMs = expectedMsOf(queue.length + 1);
    if (queue.length >= limits.queuedCommands || expectedMs > call.remainingMs)
      throw overloaded(reject(expectedMs));
    return new Promise((begin, reject) => queue.push({ call, begin, reject }));
  }

  /** A message that came with its metadata is in the queue, or was rejected, when the turn ends. */
  function arrive(): void {
    if (arriving === 0) setImmediate(() => (arriving = 0));
    arriving += 1;
  }

  function leave(tookMs: number): void {
    running -= 1;
    usualMs = usualMs === undefined ? tookMs : usualMs + weightOfLast * (tookMs - usualMs);
    movedAt = performance.now();
    startWaiting();
  }

  function startWaiting(): void {
    while (queue.length > 0 && running < atATime.most()) start(queue.shift()!);
  }

  /** Lets a command begin that has waited, unless its caller has gone. */
  function start(one: Waiting): void {
    if (!isAwaited(one)) return;
    begin();
    one.begin();
  }

  function begin(): void {
    running += 1;
    atATime.began();
  }

  /** Gives the places of callers that have gone to others. */
  function dropUnawaited(): void {
    const now = performance.now();
    if (now - lookedThroughAt < lookThroughEveryMs) return;
    lookedThroughAt = now;
    queue = queue.filter(isAwaited);
  }

  /** How long the command at a place of the queue will take, its wait included; nothing is known of an empty queue. */
  function expectedMsOf(place: number): number {
    if (usualMs === undefined || queue.length === 0) return 0;
    return usualMs * (1 + place / atATime.most());
  }

  /** Counts a rejected command; returns after how many milliseconds to retry. */
  function reject(expectedMs: number): number {
    onLimit("commands");
    return Math.ceil(Math.min(Math.max(expectedMs, 500), 5_000) / 100) * 100;
  }

  return {
    expect(remainingMs) {
      if (queue.length >= limits.queuedCommands) dropUnawaited();
      const place = running + queue.length + arriving + 1 - atATime.most();
      const expectedMs = expectedMsOf(place);
      if (place > limits.queuedCommands || expectedMs > remainingMs) return reject(expectedMs);
      arrive();
      return undefined;
    },
    async run(call, work) {
      const turn = enter(call);
      if (turn) await turn;
      const begunAt = performance.now();
      try {
        return await work();
      } finally {
        leave(performance.now() - begunAt);
      }
    },
    close() {
      clearInterval(timer);
      atATime.close();
    },
  };
}

/** The error of a command that is rejected because there are too many. */
export function overloaded(retryAfterMs: number): AppError {
  return appError("OVERLOADED", "too many commands at a time; nothing was done, try again later", {
    retryAfterMs,
  });
}

/** Whether a command's caller still waits for it; if not, the command is rejected. */
function isAwaited({ call, reject }: Waiting): boolean {
  try {
    call.requireTime();
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}

function showQueue(
  metrics: Registry,
  read: { readonly running: () => number; readonly queued: () => number },
): void {
  new Gauge({
    name: "grpc_server_commands",
    help: "Commands that are carried out (running), and that wait for it (queued).",
    labelNames: ["state"],
    registers: [metrics],
    collect() {
      this.set({ state: "running" }, read.running());
      this.set({ state: "queued" }, read.queued());
    },
  });
}
