import type { Lookup } from "@till/cache";
import type { AskedOrder } from "../checkout/create-order-request.ts";
import type { ItemKind } from "../rules/order.ts";

/** What the lines of a kind are. Where all of it is in memory, it is there at once. */
export function find<Value>(
  lookup: Lookup<Value>,
  { lines }: Pick<AskedOrder, "lines">,
  kind: ItemKind,
): ReadonlyMap<string, Value> | Promise<ReadonlyMap<string, Value>> {
  const known = new Map<string, Value>();
  const missing: string[] = [];
  for (const { kind: of, refId } of lines) {
    if (of !== kind) continue;
    const value = lookup.peek(refId);
    if (value) known.set(refId, value);
    else missing.push(refId);
  }
  if (missing.length === 0) return known;
  return lookup.getMany(missing).then((found) => new Map([...known, ...found]));
}
