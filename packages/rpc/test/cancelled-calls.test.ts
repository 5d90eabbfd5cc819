import { Code, type Client } from "@connectrpc/connect";
import type { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

describe("Calls that their callers cancel", () => {
  let begun = 0;
  let held = Promise.withResolvers<void>();
  let server: UserServer;
  let client: Client<typeof UserService>;
  before(async () => {
    server = await userServer(async () => {
      begun += 1;
      await held.promise;
      return { user: { id } };
    });
    client = server.client();
  });
  after(() => server.close());

  it("end at once, and are never so many that others lose their calls on the same connection", async () => {
    const bystanders: Promise<unknown>[] = [];
    for (let round = 1; round <= 40; round += 1) {
      begun = 0;
      held = Promise.withResolvers();
      const leave = new AbortController();
      const calls = Array.from({ length: 60 }, () =>
        failureOf(client.getUser({ userId: id }, { signal: leave.signal })),
      );
      bystanders.push(client.getUser({ userId: id }));
      await eventually(() => begun === 61);
      leave.abort();
      const codes = new Set((await Promise.all(calls)).map(({ code }) => code));
      expect([...codes]).to.deep.equal([Code.Canceled]);
      held.resolve();
      await bystanders.at(-1);
    }
    expect(await Promise.all(bystanders)).to.have.length(40);
  });
});
