import { createClient } from "@connectrpc/connect";
import { createLookup, type Lookup } from "@till/cache";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { unavailable, type LookupOptions } from "./upstream-call.ts";

/** A user, as far as an order cares. */
export type User = { readonly active: boolean };

export type Users = Lookup<User>;

/** Users by id, through the cache (design section 6). */
export function userLookup({ transport, store, metrics }: LookupOptions): Users {
  const client = createClient(UserService, transport);
  return createLookup<User>({
    name: "user",
    store,
    metrics,
    async fetchMany(ids) {
      const { users } = await client.batchGetUsers({ userIds: [...ids] }).catch(unavailable("users"));
      return new Map(users.map(({ id, active }) => [id, { active }]));
    },
  });
}
