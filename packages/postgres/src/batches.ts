export type BatchOptions<Item, Result> = {
  /** Carries out a batch together; one result an item, in the same order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly maxInFlight?: number;
  readonly maxBatch?: number;
  /** Whether a failure concerns the whole batch, so that trying its items one by one is of no use. */
  readonly failsAll?: (error: unknown) => boolean;
};

/**
 * Gathers concurrent items into batches. A batch takes what is waiting and never waits for more, so an idle caller
 * is served at once and a busy one shares. When a batch fails, its items are tried one by one: one item's failure
 * never touches its neighbours.
 */
export function inBatches<Item, Result>(
  options: BatchOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  const { run, maxInFlight = 3, maxBatch = 256, failsAll = () => false } = options;
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
    void settle(batch).finally(() => {
      inFlight -= 1;
      schedule();
    });
    schedule();
  }

  async function settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      if (batch.length === 1 || failsAll(error)) batch.forEach(({ reject }) => reject(error));
      else for (const one of batch) await settle([one]);
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
}

type Waiting<Item, Result> = {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};
