import { canonicalId } from "@till/ids";
import type { Caller } from "@till/rpc/server";
import { appError } from "../rules/errors.ts";

/** The owner that a list is narrowed to; undefined: none. Throws PERMISSION_DENIED where a user names another user. */
export function ownerFilter(userId: string, caller: Caller): string | undefined {
  if (caller.role !== "user") return canonicalId(userId) || undefined;
  if (userId && canonicalId(userId) !== caller.id)
    throw appError("PERMISSION_DENIED", "a user may list their own things only");
  return caller.id;
}
