import { findDeadLetter, type DeadLetter } from "@till/events/operate";
import type { Db } from "@till/postgres/statements";
import { appError } from "./errors.ts";

/** Returns a dead letter, or throws DEAD_LETTER_NOT_FOUND. */
export async function requireDeadLetter(db: Pick<Db, "pool">, id: string): Promise<DeadLetter> {
  const found = await findDeadLetter(db, id.toLowerCase());
  if (!found) throw appError("DEAD_LETTER_NOT_FOUND", `no dead letter ${id}`);
  return found;
}
