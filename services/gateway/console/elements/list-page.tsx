import type { Page } from "@till/client/web";
import type { ComponentChild } from "preact";
import { useEffect } from "preact/hooks";
import { addressOf, formerPath, place } from "../shell/router.ts";
import { Problem } from "./elements.tsx";
import type { Loaded } from "./use-load.ts";

type ListPageProps<Item> = {
  list: Loaded<Page<Item> | undefined>;
  /** What an empty list says. */
  empty: ComponentChild;
  children: (items: readonly Item[]) => ComponentChild;
};

/** One page of a list, in each of its states: on its way, failed, empty, there; and the way to the next one. */
export function ListPage<Item>({ list, empty, children }: ListPageProps<Item>) {
  const { value, error, isLoading, reload } = list;
  useReturnTo(value);
  return (
    <>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {!value && isLoading && <Loading />}
      {value?.items.length === 0 && <p class="empty">{empty}</p>}
      {value && value.items.length > 0 && (
        <div class="table-frame" aria-busy={isLoading}>
          {children(value.items)}
        </div>
      )}
      <PageLinks nextPageToken={value?.nextPageToken} />
    </>
  );
}

/** The lines of a list that is on its way. */
export function Loading() {
  return (
    <div class="loading" role="status" aria-label="Loading">
      <span />
      <span />
      <span />
    </div>
  );
}

/** Reads the page of a list that the address names. */
export async function pageInAddress<Item>(list: {
  byPage(options: { pageToken?: string | undefined }): AsyncIterable<Page<Item>>;
}): Promise<Page<Item> | undefined> {
  for await (const page of list.byPage({ pageToken: place.peek().query.get("page") ?? undefined }))
    return page;
  return undefined;
}

/** Back on a list, the row that was opened has the focus again, unless the operator has moved it meanwhile. */
function useReturnTo(value: unknown): void {
  useEffect(() => {
    const former = formerPath.value;
    const isMoved = ![document.body, document.getElementById("content")].includes(
      document.activeElement as HTMLElement,
    );
    if (value === undefined || former === undefined || isMoved) return;
    const rows = [...document.querySelectorAll<HTMLAnchorElement>("a.row")];
    rows.find((row) => new URL(row.href).pathname === addressOf(former))?.focus();
  }, [value === undefined]);
}

function PageLinks({ nextPageToken }: { nextPageToken: string | undefined }) {
  const { path, query } = place.value;
  return (
    <nav class="pages" aria-label="Pages of the list">
      {query.has("page") && (
        <a class="button" href={addressOf(path, pageOf(query, undefined))}>
          First page
        </a>
      )}
      {nextPageToken && (
        <a
          class="button"
          rel="next"
          aria-keyshortcuts="n"
          href={addressOf(path, pageOf(query, nextPageToken))}
        >
          Next page
        </a>
      )}
      <p class="keys">
        <kbd>/</kbd> find <kbd>j</kbd> <kbd>k</kbd> choose <kbd>Enter</kbd> open <kbd>?</kbd> all keys
      </p>
    </nav>
  );
}

function pageOf(query: URLSearchParams, token: string | undefined): URLSearchParams {
  const next = new URLSearchParams(query);
  if (token === undefined) next.delete("page");
  else next.set("page", token);
  return next;
}
