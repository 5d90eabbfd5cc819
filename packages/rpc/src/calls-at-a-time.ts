/** How many calls a server carries out at a time. */
export type CallsAtATime = {
  readonly most: () => number;
  /** Called with each call that begins. */
  readonly began: () => void;
  readonly close: () => void;
};

type Options = {
  /** So many are carried out whatever the event loop does, and never more than the limit. */
  readonly least: number;
  readonly limit: number;
  readonly running: () => number;
  /** Called when there may be more of them. */
  readonly onMore: () => void;
};

/** How often the event loop's turns are looked at, and how long they may be. */
const everyMs = 20;
const longestTurnMs = 20;
const first = 128;
const more = 8;
const fewerBy = 0.9;

/**
 * Adds to the number of calls while all of them are in use and the event loop's turns are short, and takes from it while
 * they are long: additive increase, multiplicative decrease. Calls that wait for others, such as a provider, make no turn
 * longer; those that do make all that a server does slow, rejecting other calls included. While no call runs it does not
 * look: fifty timers a second are a good part of what an idle process costs.
 */
export function callsAtATime({ least, limit, running, onMore }: Options): CallsAtATime {
  const lowest = Math.min(least, limit);
  let most = Math.min(Math.max(first, least), limit);
  let lookedAt = 0;
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    const lateMs = now - lookedAt - everyMs;
    lookedAt = now;
    if (lateMs > longestTurnMs) most = Math.max(lowest, Math.floor(Math.min(most, running()) * fewerBy));
    else if (running() >= most && most < limit) {
      most = Math.min(limit, most + more);
      onMore();
    }
    if (running() === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    most: () => most,
    began() {
      if (timer) return;
      lookedAt = performance.now();
      timer = setInterval(look, everyMs).unref();
    },
    close: stop,
  };
}
