/** Items ordered by the time they expire at. */
export type ExpiryQueue<Item> = {
  add(item: Item): void;
  remove(item: Item): void;
  /** Removes and returns the items that have expired by `now`, the earliest first. */
  takeExpired(now: number): readonly Item[];
};

/** A queue that is cheap where items are added in about the order in which they expire. */
export function createExpiryQueue<Item extends { readonly expiresAt: number }>(): ExpiryQueue<Item> {
  const sorted: Item[] = [];

  /** The number of items that expire by then, by binary search. */
  function countExpired(time: number): number {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]!.expiresAt <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    add(item) {
      sorted.splice(countExpired(item.expiresAt), 0, item);
    },
    remove(item) {
      const index = sorted.lastIndexOf(item, countExpired(item.expiresAt));
      if (index >= 0) sorted.splice(index, 1);
    },
    takeExpired(now) {
      const [next] = sorted;
      return next && next.expiresAt <= now ? sorted.splice(0, countExpired(now)) : [];
    },
  };
}
