import type { AppError } from "@till/rpc/errors";
import { appError } from "./errors.ts";

/** Seats that were wanted of a session that has fewer left. */
type Shortage = { readonly id: string; readonly wanted: number; readonly available: number };

/** An error travels in the trailers, of which many clients take 8 KB. */
const mostNamed = 20;

/** SESSION_FULL. Its metadata names the first session, and twenty at most by `<id>.wanted` and `<id>.available`. */
export function sessionFull(shortages: readonly [Shortage, ...Shortage[]]): AppError {
  const each = shortages.slice(0, mostNamed).flatMap(({ id, wanted, available }) => [
    [`${id}.wanted`, String(wanted)],
    [`${id}.available`, String(available)],
  ]);
  const [{ id, wanted, available }] = shortages;
  const first = { id, wanted: String(wanted), available: String(available) };
  return appError("SESSION_FULL", `session ${id} has ${available} seats left, not ${wanted}`, {
    metadata: { ...first, ...(Object.fromEntries(each) as Record<string, string>) },
  });
}
