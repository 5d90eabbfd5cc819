import { expectRejection, expectThat, type Check } from "./check.ts";

/** How things of a kind are looked up. */
export type LookupCalls<Item extends { readonly id: string }> = {
  /** Such as "user". */
  readonly noun: string;
  readonly many: (ids: readonly string[]) => Promise<readonly Item[]>;
  readonly one: (id: string) => Promise<Item | undefined>;
  /** An id that is known. */
  readonly known: string | undefined;
  /** Throws a CheckFailure where the known one is not as it should be. */
  readonly inspect: (item: Item) => void;
};

const [largestBatch, together, quickMs] = [500, 20, 1_000];

/** The rules that lookups of users, courses and sessions have in common. */
export function lookupChecks<Item extends { readonly id: string }>({
  noun,
  many,
  one,
  known,
  inspect,
}: LookupCalls<Item>): Check[] {
  const idsOf = (items: readonly Item[]) => items.map(({ id }) => id).join(", ") || "none";

  async function expectKnownAlone(id: string, others: readonly string[]): Promise<Item> {
    const items = await many([id, ...others]);
    const [item] = items;
    expectThat(
      item !== undefined && items.length === 1 && item.id === id,
      () => `expected ${id} alone, and got ${idsOf(items)}`,
    );
    return item;
  }

  const needs = `--${noun} <id>`;
  return [
    {
      rule: `returns a ${noun} by its id, in a batch of one`,
      needs,
      run: known === undefined ? undefined : async () => inspect(await expectKnownAlone(known, [])),
    },
    {
      rule: `leaves ${noun}s that are unknown out of a batch`,
      needs,
      run: known === undefined ? undefined : async () => void (await expectKnownAlone(known, unknownIds(3))),
    },
    {
      rule: `returns an empty batch where every ${noun} is unknown`,
      async run() {
        const items = await many(unknownIds(2));
        expectThat(items.length === 0, () => `expected none, and got ${idsOf(items)}`);
      },
    },
    {
      rule: `returns a batch of ${largestBatch} within ${quickMs / 1000} s`,
      run: () => quickly(() => many(unknownIds(largestBatch))),
    },
    {
      rule: `takes ${together} calls at the same time, each within ${quickMs / 1000} s`,
      async run() {
        await Promise.all(Array.from({ length: together }, () => quickly(() => many(unknownIds(5)))));
      },
    },
    {
      rule: `returns one ${noun}, and NOT_FOUND for one that is unknown, if it has the call at all`,
      async run() {
        const [unknown = ""] = unknownIds(1);
        const reason = `${noun.toUpperCase()}_NOT_FOUND`;
        await expectRejection(one(unknown), "NOT_FOUND", reason, "UNIMPLEMENTED");
      },
    },
  ];
}

async function quickly(call: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await call();
  const tookMs = Math.round(performance.now() - startedAt);
  expectThat(tookMs <= quickMs, () => `it took ${tookMs} ms`);
}

function unknownIds(count: number): string[] {
  return Array.from({ length: count }, () => crypto.randomUUID());
}
