export type Waiting<Item, Result> = {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

/** Rows waited for at a time: each wait keeps a connection of the pool. */
const maxRows = 2;

/** Items that wait for locked rows, apart from all others. The items of one row are tried one after the other. */
export function waitingRoom<Item, Result>(run: (items: readonly Item[]) => Promise<readonly Result[]>) {
  const rows = new Map<string, Waiting<Item, Result>[]>();
  const queued: string[] = [];
  let running = 0;

  function start(): void {
    while (running < maxRows && queued.length > 0) {
      running += 1;
      void runRow(queued.shift()!).finally(() => {
        running -= 1;
        start();
      });
    }
  }

  async function runRow(row: string): Promise<void> {
    const items = rows.get(row)!;
    for (let one = items.shift(); one !== undefined; one = items.shift()) {
      try {
        const [result] = await run([one.item]);
        one.resolve(result!);
      } catch (error) {
        one.reject(error);
      }
    }
    rows.delete(row);
  }

  return {
    has: (row: string) => rows.has(row),
    add(row: string, one: Waiting<Item, Result>): void {
      const items = rows.get(row);
      if (items) return void items.push(one);
      rows.set(row, [one]);
      queued.push(row);
      start();
    },
  };
}
