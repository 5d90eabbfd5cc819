import { canonicalId } from "@till/ids";

/** Finds the items with these ids, each once; unknown ids are left out. */
export function findAll<Found>(ids: readonly string[], find: (id: string) => Found | undefined): Found[] {
  const unique = new Set(ids.map(canonicalId));
  return [...unique].map(find).filter((found) => found !== undefined);
}
