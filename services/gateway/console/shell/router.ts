import { signal } from "@preact/signals";

/** Where the console is, as its address has it: a path below /console, and the filters. */
type Place = { readonly path: string; readonly query: URLSearchParams };

const base = "/console";

/** The queries with which lists were left, by their paths: a way back finds its filters again. */
const leftQueries = new Map<string, URLSearchParams>();

export const place = signal(currentPlace());
/** The path that the present one was reached from. */
export const formerPath = signal<string | undefined>(undefined);

function currentPlace(): Place {
  const path = location.pathname.slice(base.length).replace(/\/+$/, "");
  return { path: path === "" ? "/orders" : path, query: new URLSearchParams(location.search) };
}

function enter(): void {
  const { path, query } = place.peek();
  leftQueries.set(path, query);
  const next = currentPlace();
  if (next.path !== path) formerPath.value = path;
  place.value = next;
}

/** The address of a place, for links. */
export function addressOf(path: string, query = new URLSearchParams()): string {
  const text = query.toString();
  return base + path + (text === "" ? "" : `?${text}`);
}

/** The address of a list, with the filters it was left with. */
export function addressOfList(path: string): string {
  return addressOf(path, leftQueries.get(path));
}

/** Goes to a place, which the browser's back button leaves again. */
export function goTo(path: string, query?: URLSearchParams): void {
  history.pushState(null, "", addressOf(path, query));
  enter();
  scrollTo(0, 0);
}

/** Goes to a place instead of the present one, which has no place in the browser's history then. */
export function replaceWith(path: string, query?: URLSearchParams): void {
  history.replaceState(null, "", addressOf(path, query));
  enter();
}

/** The same for a whole address of the console. */
export function replaceWithAddress(address: string): void {
  const url = new URL(address, location.href);
  if (!url.pathname.startsWith(`${base}/`)) throw new Error(`${address} is no address of the console`);
  replaceWith(url.pathname.slice(base.length), url.searchParams);
}

/** Lets every plain link to a place of the console work without loading the page again. */
export function followLinks(): void {
  addEventListener("popstate", enter);
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
