import { createLookup, type Lookup, type LookupOptions } from "../src/lookup.ts";

export type Course = { readonly id: string; readonly minorUnits: bigint };

export const course = (id: string): Course => ({ id, minorUnits: 4900n });

export type Fetched = { readonly lookup: Lookup<Course>; readonly calls: (readonly string[])[] };

/** A lookup of courses c1, c2 …, and a record of the calls of its source. */
export function lookupOf(options: Partial<LookupOptions<Course>> = {}): Fetched {
  const calls: (readonly string[])[] = [];
  const known = (keys: readonly string[]) =>
    Promise.resolve(new Map(keys.filter((key) => key.startsWith("c")).map((key) => [key, course(key)])));
  const lookup = createLookup<Course>({
    name: "courses",
    ...options,
    fetchMany(keys) {
      calls.push(keys);
      return (options.fetchMany ?? known)(keys);
    },
  });
  return { lookup, calls };
}
