/** Things in the order in which they fall due. */
export type DueQueue<Item> = {
  add(item: Item): void;
  remove(item: Item): void;
  /** Takes out whatever is due by now. */
  takeDue(now: number): readonly Item[];
};

/** A queue by time: cheap where things come in about the order in which they fall due. */
export function createDueQueue<Item extends { readonly expiresAt: number }>(): DueQueue<Item> {
  const sorted: Item[] = [];

  /** How many are due by then, found by halving. */
  function countDue(time: number): number {
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
      sorted.splice(countDue(item.expiresAt), 0, item);
    },
    remove(item) {
      const place = sorted.lastIndexOf(item, countDue(item.expiresAt));
      if (place >= 0) sorted.splice(place, 1);
    },
    takeDue(now) {
      const [next] = sorted;
      return next && next.expiresAt <= now ? sorted.splice(0, countDue(now)) : [];
    },
  };
}
