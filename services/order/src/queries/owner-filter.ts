import type { Caller } from "@till/rpc/server";
import { appError } from "../rules/errors.ts";

/** Whose things a list is of; undefined: everybody's. A user lists its own and nobody else's (spec C19). */
export function whose(asked: string, caller: Caller): string | undefined {
  if (caller.role !== "user") return asked.toLowerCase() || undefined;
  if (asked && asked.toLowerCase() !== caller.id)
    throw appError("PERMISSION_DENIED", "a user asks for what is its own only");
  return caller.id;
}
