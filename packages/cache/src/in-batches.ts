/** Gathers what is handed in during one turn of the event loop and passes it on together, `most` at a time. */
export function inBatches<Item>(most: number, run: (items: readonly Item[]) => void): (item: Item) => void {
  let waiting: Item[] = [];
  const passOn = () => {
    const items = waiting;
    waiting = [];
    for (let from = 0; from < items.length; from += most) run(items.slice(from, from + most));
  };
  return (item) => {
    // Not a microtask: calls that arrive over the network in one turn are separate tasks.
    if (waiting.push(item) === 1) setImmediate(passOn);
  };
}
