import { appError } from "../rules/errors.ts";
import type { Users } from "../upstreams/users.ts";

/** Throws USER_NOT_FOUND or USER_INACTIVE unless the user may buy. */
export async function requireActiveUser(users: Users, id: string): Promise<void> {
  const user = users.peek(id) ?? (await users.get(id));
  if (!user) throw appError("USER_NOT_FOUND", `no user ${id}`, { metadata: { id } });
  if (!user.active) throw appError("USER_INACTIVE", `user ${id} is not active`, { metadata: { id } });
}
