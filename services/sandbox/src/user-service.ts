import { Code } from "@connectrpc/connect";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { AppError } from "@till/rpc/errors";
import { allow, implement, type Implementation } from "@till/rpc/server";
import type { Catalog } from "./catalog.ts";
import { findAll } from "./find-all.ts";

const callers = ["service", "admin"] as const;

/** Serves till.user.v1.UserService from the catalog. */
export function userService({ users }: Catalog): Implementation {
  return implement(UserService, {
    getUser: allow(callers, ({ userId: id }) => {
      const user = users.find(id);
      if (user) return Promise.resolve({ user });
      throw new AppError("USER_NOT_FOUND", Code.NotFound, `no user ${id}`, { metadata: { id } });
    }),
    batchGetUsers: allow(callers, ({ userIds }) => Promise.resolve({ users: findAll(userIds, users.find) })),
  });
}
