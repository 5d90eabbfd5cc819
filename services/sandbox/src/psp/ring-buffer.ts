/** The newest items, up to a fixed number. */
export type RingBuffer<Item> = {
  /** Adds an item. Returns the oldest one if it had to be dropped. */
  push(item: Item): Item | undefined;
  /**
   * Oldest first, from the item that was pushed as number `start` (0, 1, 2 …). A paused reader does not see items pushed
   * after it began, and skips items dropped since.
   */
  items(start?: number): Iterable<Item>;
};

/** A bounded first-in, first-out buffer with constant cost per push. */
export function createRingBuffer<Item>(size: number): RingBuffer<Item> {
  const slots: Item[] = [];
  let pushed = 0;
  const oldest = () => Math.max(0, pushed - size);
  return {
    push(item) {
      const slot = pushed++ % size;
      const dropped = slots[slot];
      slots[slot] = item;
      return dropped;
    },
    *items(start = 0) {
      const end = pushed;
      for (let n = Math.max(start, oldest()); n < end; n = Math.max(n + 1, oldest())) yield slots[n % size]!;
    },
  };
}
