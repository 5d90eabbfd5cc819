import { randomUUID } from "node:crypto";

/** A provider's id, such as ch_5d0c…; random, so that no id repeats after a restart. */
export function newId(prefix: "ch" | "op" | "le" | "evt" | "dp"): string {
  return `${prefix}_${randomUUID().replaceAll("-", "")}`;
}
