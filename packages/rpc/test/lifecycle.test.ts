import { Code, createClient } from "@connectrpc/connect";
import { expect } from "chai";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@till/gen/grpc/health/v1/health_pb";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { createLog, createMetrics } from "@till/telemetry";
import { setTimeout as delay } from "node:timers/promises";
import { failureOf } from "../../../test/support/failure-of.ts";
import { grpcTransport } from "../src/client.ts";
import { reasonOf } from "../src/errors.ts";
import { serve } from "../src/server.ts";
import { id, userServer } from "./user-server.ts";

describe("A server", () => {
  it("does not start with an RPC that says nothing of who may call it", async () => {
    const open = { service: UserService, rpcs: { getUser: { handler: () => ({}) } } } as never;
    const log = createLog({ service: "test", level: "silent" });
    const metrics = createMetrics({ service: "test" });
    const verify = () => ({ id, role: "user" as const });
    const starting = serve({ services: [open], host: "127.0.0.1", port: 0, verify, log, metrics });
    expect(await starting.catch((error: Error) => error.message)).to.equal(
      "till.user.v1.UserService/GetUser has no policy",
    );
  });

  it("says which port is taken", async () => {
    const server = await userServer(() => Promise.resolve({}));
    const second = userServer(() => Promise.resolve({}), { port: server.port });
    expect(await second.catch((error: Error) => error.message)).to.include(`127.0.0.1:${server.port}`);
    await server.close();
  });
});

describe("Health", () => {
  it("is SERVING for the server and each of its services, and NOT_FOUND for others", async () => {
    const server = await userServer(() => Promise.resolve({}));
    const transport = grpcTransport({ address: server.address });
    const health = createClient(Health, transport);
    for (const service of ["", "till.user.v1.UserService"]) {
      expect((await health.check({ service })).status).to.equal(Status.SERVING);
    }
    expect((await failureOf(health.check({ service: "x" }))).code).to.equal(Code.NotFound);
    expect(Object.keys((await health.list({})).statuses)).to.deep.equal(["", "till.user.v1.UserService"]);
    transport.close();
    await server.close();
  });

  it("tells its watchers when the server drains", async () => {
    const server = await userServer(() => Promise.resolve({}));
    const transport = grpcTransport({ address: server.address });
    const statuses: Status[] = [];
    for await (const { status } of createClient(Health, transport).watch({ service: "" })) {
      statuses.push(status);
      if (statuses.length === 1) void server.drain(200);
      else break;
    }
    expect(statuses).to.deep.equal([Status.SERVING, Status.NOT_SERVING]);
    transport.close();
  });
});

describe("Draining", () => {
  it("lets a running call finish and takes no new one", async () => {
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const server = await userServer(async ({ userId }) => {
      begun.resolve();
      await finish.promise;
      return { user: { id: userId } };
    });
    const running = server.client().getUser({ userId: id });
    await begun.promise;
    const drained = server.drain();
    const rejected = await failureOf(server.client().getUser({ userId: id }, { timeoutMs: 1000 }));
    expect(rejected.code).to.be.oneOf([Code.Unavailable, Code.DeadlineExceeded]);
    finish.resolve();
    expect((await running).user?.id).to.equal(id);
    await drained;
    await server.close();
  });

  for (const what of ["drains", "closes a connection for its age"])
    it(`lets a call finish during which a keepalive is due, when the server ${what}`, async () => {
      const begun = Promise.withResolvers<void>();
      const keepaliveMs = 500;
      const limits = what === "drains" ? { keepaliveMs } : { keepaliveMs, connectionAgeMs: 200 };
      const server = await userServer(
        async ({ userId }) => {
          begun.resolve();
          await delay(3 * keepaliveMs);
          return { user: { id: userId } };
        },
        { limits },
      );
      const running = server.client({ retries: false }).getUser({ userId: id });
      await begun.promise;
      if (what === "drains") void server.drain();
      expect((await running).user?.id).to.equal(id);
      await server.close();
    });

  it("ends streams at once with UNAVAILABLE, so that their callers go on elsewhere", async () => {
    const server = await userServer(() => Promise.resolve({}));
    const transport = grpcTransport({ address: server.address });
    const watching = createClient(Health, transport).watch({ service: "" })[Symbol.asyncIterator]();
    await watching.next();
    const drained = server.drain();
    await watching.next();
    const error = await failureOf(watching.next());
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "SHUTTING_DOWN"]);
    await drained;
    transport.close();
  });

  it("ends after its grace even when a call never does", async () => {
    const begun = Promise.withResolvers<void>();
    const server = await userServer(() => {
      begun.resolve();
      return new Promise(() => {});
    });
    const hanging = server.client({ retries: false }).getUser({ userId: id });
    await begun.promise;
    await server.drain(50);
    expect((await failureOf(hanging)).code).to.be.oneOf([Code.Unavailable, Code.Canceled, Code.Internal]);
    await server.close();
  });
});

describe("A stream", () => {
  it("ends when the server's time for streams is over, or the caller's where that is shorter", async () => {
    for (const [serversMs, timeoutMs] of [[100], [100, 60_000], [60_000, 1_000]] as const) {
      const server = await userServer(() => Promise.resolve({}), {
        deadlines: { defaultMs: 1, longestMs: 1 },
        streamDeadlines: { defaultMs: serversMs, longestMs: serversMs },
      });
      const transport = grpcTransport({ address: server.address });
      const watch = createClient(Health, transport).watch(
        { service: "" },
        { ...(timeoutMs && { timeoutMs }) },
      );
      const watching = watch[Symbol.asyncIterator]();
      expect((await watching.next()).value).to.include({ status: Status.SERVING });
      expect((await failureOf(watching.next())).code).to.equal(Code.DeadlineExceeded);
      transport.close();
      await server.close();
    }
  });
});
