import { isLockTimeout } from "./unavailable.ts";
import { waitingRoom, type Waiting } from "./waiting-room.ts";

export type BatchOptions<Item, Result> = {
  /**
   * Carries out a batch together; one result an item, in the same order. With `lockTimeoutMs` it must not wait longer
   * for a lock than that, and fail with 55P03 instead.
   */
  readonly run: (items: readonly Item[], lockTimeoutMs?: number) => Promise<readonly Result[]>;
  /**
   * The row that an item locks. Items whose row another session keeps locked wait for it apart from the batches, so
   * that they hold up no other item. Without it a batch waits for its locks.
   */
  readonly locks?: (item: Item) => string;
  readonly maxInFlight?: number;
  readonly maxBatch?: number;
  /** Whether a failure concerns the whole batch, so that trying its items one by one is of no use. */
  readonly failsAll?: (error: unknown) => boolean;
};

/** How long a batch waits for a lock: longer than another replica's batch takes, and hardly noticed by a caller. */
const batchLockTimeoutMs = 100;

/**
 * Gathers concurrent items into batches. A batch takes what is waiting and never waits for more, so an idle caller
 * is served at once and a busy one shares. When a batch fails, its items are tried one by one: one item's failure
 * never touches its neighbours.
 */
export function inBatches<Item, Result>(
  options: BatchOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  const { run, locks, maxInFlight = 3, maxBatch = 256, failsAll = () => false } = options;
  const blocked = waitingRoom(run);
  let waiting: Waiting<Item, Result>[] = [];
  let inFlight = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || waiting.length === 0 || inFlight >= maxInFlight) return;
    scheduled = true;
    // After this turn of the event loop: what arrived together on the sockets goes together.
    setImmediate(() => {
      scheduled = false;
      start();
    });
  }

  function start(): void {
    if (waiting.length === 0 || inFlight >= maxInFlight) return;
    const batch = waiting.length <= maxBatch ? waiting : waiting.slice(0, maxBatch);
    waiting = waiting.length <= maxBatch ? [] : waiting.slice(maxBatch);
    inFlight += 1;
    void runBatch(batch).finally(() => {
      inFlight -= 1;
      schedule();
    });
    schedule();
  }

  async function runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const items = batch.map(({ item }) => item);
      const results = await run(items, locks && batchLockTimeoutMs);
      batch.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      const isBlocked = locks !== undefined && isLockTimeout(error);
      if (isBlocked && batch.length === 1) blocked.add(locks(batch[0]!.item), batch[0]!);
      else if (batch.length === 1 || (!isBlocked && failsAll(error)))
        batch.forEach(({ reject }) => reject(error));
      else for (const one of batch) await runBatch([one]);
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      const one = { item, resolve, reject };
      const row = locks?.(item);
      if (row !== undefined && blocked.has(row)) return blocked.add(row, one);
      waiting.push(one);
      schedule();
    });
}
