import { computed, signal } from "@preact/signals";

/** Where the console is, as its address has it: `/orders/…` and the filters. */
type Place = { readonly path: string; readonly query: URLSearchParams };

const base = "/console";

export const place = signal(currentPlace());
/** The open order's id. */
export const openOrderId = computed(() => /^\/orders\/([^/]+)$/.exec(place.value.path)?.[1]);

function currentPlace(): Place {
  const path = location.pathname.slice(base.length).replace(/\/+$/, "");
  return { path: path === "" ? "/orders" : path, query: new URLSearchParams(location.search) };
}

/** The address of a place, for links. */
export function addressOf(path: string, query = new URLSearchParams()): string {
  const text = query.toString();
  return base + path + (text === "" ? "" : `?${text}`);
}

/** Goes to a place, which the browser's back button leaves again. */
export function goTo(path: string, query?: URLSearchParams): void {
  history.pushState(null, "", addressOf(path, query));
  place.value = currentPlace();
  scrollTo(0, 0);
}

/** Lets every plain link to a place of the console work without loading the page again. */
export function followLinks(): void {
  addEventListener("popstate", () => (place.value = currentPlace()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest("a");
    const href = link?.getAttribute("href");
    if (!href?.startsWith(`${base}/`) || link?.target) return;
    event.preventDefault();
    const url = new URL(href, location.href);
    goTo(url.pathname.slice(base.length), url.searchParams);
  });
}
