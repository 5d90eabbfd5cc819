import { canonicalId } from "@till/ids";

/** Items by id: named ones, and generated ones for load tests. */
export type Registry<Item> = {
  readonly named: readonly Item[];
  /** Every id with this prefix has a generated item. Undefined: there are only the named items. */
  readonly loadPrefix: string | undefined;
  /** Finds by id; a UUID in any case. */
  readonly find: (id: string) => Item | undefined;
  /** Inserts or replaces an item until the sandbox stops. */
  put(item: Item): void;
};

/** Makes the items of all ids with a prefix. */
export type Generated<Item> = { readonly prefix: string; readonly make: (id: string) => Item };

/** A registry of named and, optionally, generated items. */
export function registry<Item extends { readonly id: string }>(
  named: readonly Item[],
  generated?: Generated<Item>,
): Registry<Item> {
  const byId = new Map(named.map((item) => [item.id, item]));
  return {
    named,
    loadPrefix: generated?.prefix,
    find(anyCase) {
      const id = canonicalId(anyCase);
      const item = byId.get(id);
      return item ?? (generated && id.startsWith(generated.prefix) ? generated.make(id) : undefined);
    },
    put: (item) => void byId.set(item.id, item),
  };
}
