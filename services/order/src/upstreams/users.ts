import { createClient } from "@connectrpc/connect";
import { createLookup } from "@till/cache";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { z } from "zod";
import type { User, Users } from "./ports.ts";
import { unavailable, type LookupOptions } from "./upstream-call.ts";

/** Users by id, through the cache. */
export function userLookup({ transport, store, metrics }: LookupOptions): Users {
  const client = createClient(UserService, transport);
  return createLookup<User>({
    name: "user",
    store,
    metrics,
    // The store is shared: its values may come from elsewhere.
    decode: (text) => cachedUser.parse(JSON.parse(text)),
    async fetchMany(ids) {
      const { users } = await client.batchGetUsers({ userIds: [...ids] }).catch(unavailable("users"));
      return new Map(users.map(({ id, active }) => [id, { active }]));
    },
  });
}

const cachedUser = z.strictObject({ active: z.boolean() });
