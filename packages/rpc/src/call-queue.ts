import { type AppError, appError } from "./app-error.ts";
import type { Call } from "./call.ts";
import { callsAtATime } from "./calls-at-a-time.ts";
import { countedAddress } from "./counted-address.ts";
import { fairQueue } from "./fair-queue.ts";

/** A call as a queue sees it: whose it is, and whether it still has a caller. */
type QueuedCall = Pick<Call, "peerAddress" | "remainingMs" | "requireTime">;

/** A call of which the metadata alone has arrived. */
type ExpectedCall = Pick<Call, "peerAddress" | "remainingMs">;

/** Lets a server carry out so many calls at a time; further ones wait in a bounded queue, where addresses take turns. */
export type CallQueue = {
  /**
   * Carries out a call, at once or when it is its turn. Throws OVERLOADED, with nothing done, where the queue is full of
   * other addresses' calls or the caller's address has its share of it, or where the call would not end in its caller's
   * time.
   */
  run<Result>(call: QueuedCall, work: () => Promise<Result>): Promise<Result>;
  /**
   * Expects a call of which the metadata alone has arrived. Where `run` would throw OVERLOADED, it returns after how many
   * milliseconds to retry: no more of that call need be read.
   */
  expect(call: ExpectedCall): number | undefined;
  /** Calls that are carried out, and that wait for it. */
  readonly counts: () => { readonly running: number; readonly queued: number };
  close(): void;
};

type Waiting = {
  readonly call: QueuedCall;
  readonly begin: () => void;
  readonly reject: (error: unknown) => void;
};

type Options = {
  /** Calls that are carried out at a time, down to `least` while the event loop is busy with them, and that wait for it. */
  readonly running: number;
  readonly least: number;
  readonly queued: number;
  /** Receives now and then whether a call has ended within so long, if any wait. */
  readonly progress?: { readonly withinMs: number; readonly report: (isMade: boolean) => void };
  /** Receives each call that is rejected. */
  readonly onRejected: () => void;
};

/** The share of the last call in the time that calls usually take: those of a batch, which end together, make most of it. */
const weightOfLast = 1 / 32;

/** How often a full queue is looked through for callers that have gone. */
const lookThroughEveryMs = 50;

/** Opens the queue of one server. */
export function callQueue(options: Options): CallQueue {
  const { queued: mostQueued, progress, onRejected } = options;
  const queue = fairQueue<Waiting>();
  let lookedThroughAt = 0;
  let running = 0;
  const atATime = callsAtATime({
    ...{ least: options.least, limit: options.running },
    ...{ running: () => running, onMore: startWaiting },
  });
  /** Calls that begin to arrive in this turn of the event loop. */
  let arriving = 0;
  /** When a call ended, or began to wait for that. */
  let movedAt = 0;
  /** How long a call usually takes that is carried out; undefined before the first has ended. */
  let usualMs: number | undefined;

  const timer =
    progress &&
    setInterval(
      () => progress.report(queue.length() === 0 || performance.now() - movedAt <= progress.withinMs),
      Math.min(1_000, progress.withinMs),
    ).unref();

  /** Begins a call: at once, or when the promise resolves. */
  function enter(call: QueuedCall): Promise<void> | undefined {
    if (arriving > 0) arriving -= 1;
    if (running < atATime.most() && queue.length() === 0) {
      begin();
      return undefined;
    }
    if (queue.length() === 0) movedAt = performance.now();
    const address = countedAddress(call.peerAddress);
    const expectedMs = expectedMsOf(queue.placeFor(address));
    if (!hasRoom(address, 0) || expectedMs > call.remainingMs) throw overloaded(reject(expectedMs));
    if (queue.length() >= mostQueued) {
      const given = queue.popFor(address);
      if (!given) throw overloaded(reject(expectedMs));
      given.reject(overloaded(reject(expectedMs)));
    }
    return new Promise((begin, reject) => queue.push(address, { call, begin, reject }));
  }

  /** Whether an address's next call may wait, perhaps in the place of one of another address that has more of them. */
  function hasRoom(address: string, before: number): boolean {
    if (queue.length() >= mostQueued) dropUnawaited();
    return queue.length() + before < mostQueued || !queue.hasShare(address);
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
    while (queue.length() > 0 && running < atATime.most()) start(queue.shift()!);
  }

  /** Lets a call begin that has waited, unless its caller has gone. */
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
    queue.filter(isAwaited);
  }

  /** How long the call at a place of the queue will take, its wait included; nothing is known of an empty queue. */
  function expectedMsOf(place: number): number {
    if (usualMs === undefined || queue.length() === 0) return 0;
    return usualMs * (1 + place / atATime.most());
  }

  /** Reports a rejected call; returns after how many milliseconds to retry. */
  function reject(expectedMs: number): number {
    onRejected();
    return Math.ceil(Math.min(Math.max(expectedMs, 500), 5_000) / 100) * 100;
  }

  return {
    expect({ peerAddress, remainingMs }) {
      const ahead = running + arriving - atATime.most();
      const isFree = queue.length() + ahead < 0;
      if (isFree) {
        arrive();
        return undefined;
      }
      const address = countedAddress(peerAddress);
      const expectedMs = expectedMsOf(queue.placeFor(address) + ahead);
      if (!hasRoom(address, Math.max(ahead, 0)) || expectedMs > remainingMs) return reject(expectedMs);
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
    counts: () => ({ running, queued: queue.length() }),
    close() {
      clearInterval(timer);
      atATime.close();
    },
  };
}

/** The error of a call that is rejected because there are too many. */
export function overloaded(retryAfterMs: number): AppError {
  const message = "too many calls at a time; nothing was done, try again later";
  return appError("OVERLOADED", message, { retryAfterMs });
}

/** Whether a call's caller still waits for it; if not, the call is rejected. */
function isAwaited({ call, reject }: Waiting): boolean {
  try {
    call.requireTime();
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}
