/**
 * Does the work for items of one key one after the other, in the order of the calls, and for others at once. A failure
 * that concerns the items that wait for their turn as well is theirs at once.
 */
export function inTurn<Item, Result>(
  keyOf: (item: Item) => string,
  failsAll: (error: unknown) => boolean,
  work: (item: Item) => Promise<Result>,
): (item: Item) => Promise<Result> {
  const last = new Map<string, Promise<Result>>();
  return (item) => {
    const key = keyOf(item);
    const afterFailure = (error: unknown) => {
      if (failsAll(error)) throw error;
      return work(item);
    };
    const result = last.get(key)?.then(() => work(item), afterFailure) ?? work(item);
    last.set(key, result);
    const forget = () => void (last.get(key) === result && last.delete(key));
    result.then(forget, forget);
    return result;
  };
}
