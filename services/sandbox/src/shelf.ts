/** Things known by their ids: some by name, and as many alike as a load test asks for. */
export type Shelf<Item> = {
  readonly named: readonly Item[];
  /** Every id that begins so is there as well. */
  readonly loadPrefix: string;
  /** The one with this id, whatever the case of its letters. */
  readonly find: (id: string) => Item | undefined;
};

/** A shelf with these on it; `alike` makes the one with an id of the load prefix. */
export function shelf<Item extends { readonly id: string }>(
  named: readonly Item[],
  loadPrefix: string,
  alike: (id: string) => Item,
): Shelf<Item> {
  const byId = new Map(named.map((item) => [item.id, item]));
  return {
    named,
    loadPrefix,
    find(id) {
      const known = id.toLowerCase();
      return known.startsWith(loadPrefix) ? alike(known) : byId.get(known);
    },
  };
}
