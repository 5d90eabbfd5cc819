import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { allow, implement, type Implementation } from "@till/rpc/server";
import type { Catalog } from "./catalog.ts";
import { appError } from "./errors.ts";
import { findAll } from "./find-all.ts";

const callers = ["service", "admin"] as const;

/** Serves till.user.v1.UserService from the catalog. */
export function userService({ users }: Catalog): Implementation {
  return implement(UserService, {
    getUser: allow(callers, ({ userId: id }) => {
      const user = users.find(id);
      if (user) return Promise.resolve({ user });
      throw appError("USER_NOT_FOUND", `no user ${id}`, { metadata: { id } });
    }),
    batchGetUsers: allow(callers, ({ userIds }) => Promise.resolve({ users: findAll(userIds, users.find) })),
  });
}
