/** Things known by their ids: some by name, and as many alike as a load test asks for. */
export type Shelf<Item> = {
  readonly named: readonly Item[];
  /** Every id that begins so is there as well. Left out: only those with a name are. */
  readonly loadPrefix: string | undefined;
  /** The one with this id, whatever the case of its letters. */
  readonly find: (id: string) => Item | undefined;
};

/** How those without a name are known, and what they are. */
export type Alike<Item> = { readonly prefix: string; readonly make: (id: string) => Item };

/** A shelf with these on it, and with those alike where there are any. */
export function shelf<Item extends { readonly id: string }>(
  named: readonly Item[],
  alike?: Alike<Item>,
): Shelf<Item> {
  const byId = new Map(named.map((item) => [item.id, item]));
  return {
    named,
    loadPrefix: alike?.prefix,
    find(id) {
      const known = id.toLowerCase();
      return alike && known.startsWith(alike.prefix) ? alike.make(known) : byId.get(known);
    },
  };
}
