import type { AppError } from "@till/rpc";
import { failure } from "../errors.ts";

/** Seats that were wanted of a session that has fewer left. */
export type Shortage = { readonly id: string; readonly wanted: number; readonly available: number };

/** SESSION_FULL. Its metadata names the first session, and each by `<id>.wanted` and `<id>.available`. */
export function sessionFull(shortages: readonly [Shortage, ...Shortage[]]): AppError {
  const each = shortages.flatMap(({ id, wanted, available }) => [
    [`${id}.wanted`, String(wanted)],
    [`${id}.available`, String(available)],
  ]);
  const [{ id, wanted, available }] = shortages;
  const first = { id, wanted: String(wanted), available: String(available) };
  return failure("SESSION_FULL", `session ${id} has ${available} seats left, not ${wanted}`, {
    metadata: { ...first, ...(Object.fromEntries(each) as Record<string, string>) },
  });
}
