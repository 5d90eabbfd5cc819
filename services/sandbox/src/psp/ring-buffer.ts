/** The newest items, up to a number of them. */
export type Ring<Item> = {
  /** Adds an item and returns the oldest one where it had to make room. */
  push(item: Item): Item | undefined;
  /** Oldest first. What is pushed while a reader pauses does not disturb it; what is dropped, it skips. */
  items(): Iterable<Item>;
};

/** A first-in, first-out store of bounded size, at constant cost however full it is. */
export function createRing<Item>(size: number): Ring<Item> {
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
    *items() {
      const end = pushed;
      for (let n = oldest(); n < end; n = Math.max(n + 1, oldest())) yield slots[n % size]!;
    },
  };
}
