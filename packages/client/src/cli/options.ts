import { UsageError } from "./usage-error.ts";

/** Collects an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Reads a whole number from `least` on. */
export function countFrom(text: string, option: string, least = 1): number {
  if (/^\d{1,6}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`${option} is a number from ${least} on, not ${text}`);
}

/** Reads the name of an enum's value: `paid` is PAID, `ready-to-ship` is READY_TO_SHIP. */
export function nameIn<Names extends Readonly<Record<string, string | number>>>(
  names: Names,
  text: string,
  option: string,
): Exclude<keyof Names & string, "UNSPECIFIED"> {
  const all = Object.keys(names).filter((name) => !/^\d+$/.test(name) && name !== "UNSPECIFIED");
  const name = all.find((one) => one === text.toUpperCase().replaceAll("-", "_"));
  if (name !== undefined) return name as Exclude<keyof Names & string, "UNSPECIFIED">;
  throw new UsageError(`${option} is one of ${all.join(", ").toLowerCase()}, not ${text}`);
}
