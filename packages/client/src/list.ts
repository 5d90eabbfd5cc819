import type { CallOptions } from "./call-options.ts";

/** Options of a list. */
export type ListOptions = CallOptions & {
  /** How many elements a request reads at most. Left out: the service decides. */
  readonly pageSize?: number | undefined;
};

/** A page of a list. */
export type Page<Item> = {
  readonly items: readonly Item[];
  /** Token of the next page. Undefined on the last one. */
  readonly nextPageToken: string | undefined;
};

/**
 * A list that is read page by page while it is iterated; nothing is requested before.
 *
 * ```ts
 * for await (const order of till.orders.list({ statuses: ["PAID"] })) …
 * ```
 */
export type List<Item> = AsyncIterable<Item> & {
  /** The pages instead of their elements, from a page token on: for screens that show one page at a time. */
  byPage(from?: { readonly pageToken?: string | undefined }): AsyncIterable<Page<Item>>;
};

/** A list over the pages that `read` returns; an empty token is the first page's, and follows the last one. */
export function listOver<Item>(read: (pageToken: string) => Promise<WirePage<Item>>): List<Item> {
  async function* byPage({ pageToken = "" }: { readonly pageToken?: string | undefined } = {}) {
    for (let token = pageToken; ;) {
      const { items, nextPageToken } = await read(token);
      yield { items, nextPageToken: nextPageToken === "" ? undefined : nextPageToken };
      if (nextPageToken === "") return;
      token = nextPageToken;
    }
  }
  return {
    byPage,
    async *[Symbol.asyncIterator]() {
      for await (const { items } of byPage()) yield* items;
    },
  };
}

type WirePage<Item> = { readonly items: readonly Item[]; readonly nextPageToken: string };
