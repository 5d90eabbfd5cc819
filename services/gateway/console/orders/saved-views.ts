import { signal } from "@preact/signals";
import { filterNames } from "./order-filter.ts";

/** Filters under a name of the operator's choice. Its address opens it for others as well. */
type SavedView = { readonly name: string; readonly query: string };

/** Kept by the browser. Views have no secret: they are what the address has. */
const storageKey = "till-console-views";

export const savedViews = signal<readonly SavedView[]>(stored());

addEventListener("storage", ({ key }) => {
  if (key === storageKey) savedViews.value = stored();
});

/** Keeps filters under a name; another view of this name is replaced. */
export function saveView(name: string, query: URLSearchParams): void {
  keep([...savedViews.value.filter((view) => view.name !== name), { name, query: filtersIn(query) }]);
}

export function removeView(name: string): void {
  keep(savedViews.value.filter((view) => view.name !== name));
}

/** The filters of an address, in one order, without the page. */
export function filtersIn(query: URLSearchParams): string {
  const filters = new URLSearchParams();
  for (const name of filterNames) for (const value of query.getAll(name)) filters.append(name, value);
  return filters.toString();
}

function keep(views: readonly SavedView[]): void {
  localStorage.setItem(storageKey, JSON.stringify(views));
  savedViews.value = views;
}

/** What cannot be read is of no use: another version of the console has written it. */
function stored(): SavedView[] {
  try {
    const views = JSON.parse(localStorage.getItem(storageKey) ?? "[]") as unknown;
    return Array.isArray(views) ? views.filter(isSavedView) : [];
  } catch {
    return [];
  }
}

function isSavedView(view: unknown): view is SavedView {
  const { name, query } = (view ?? {}) as Partial<SavedView>;
  return typeof name === "string" && typeof query === "string";
}
