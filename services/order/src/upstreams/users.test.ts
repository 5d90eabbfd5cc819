import { createRouterTransport } from "@connectrpc/connect";
import { memoryStore } from "@till/cache";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { userLookup } from "./users.ts";

describe("the lookup of users", () => {
  const transport = createRouterTransport(({ service }) =>
    service(UserService, {
      batchGetUsers: ({ userIds }) => ({ users: userIds.map((id) => ({ id, active: false })) }),
    }),
  );

  const poisoned = [
    "",
    "null",
    "true",
    "[]",
    "{}",
    '{"active":"true"}',
    '{"active":1}',
    '{"active":true,"x":1}',
  ];
  for (const value of poisoned) {
    it(`takes ${JSON.stringify(value)} in the shared store for a miss`, async () => {
      const store = memoryStore();
      await store.setMany([{ key: "user:ada", value, ttlMs: 60_000 }]);
      const users = userLookup({ transport, store, metrics: createMetrics({ service: "test" }) });
      expect(await users.get("ada")).to.deep.equal({ active: false });
    });
  }
});
