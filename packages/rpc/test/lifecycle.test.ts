import { Code, createClient } from "@connectrpc/connect";
import { expect } from "chai";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Client, credentials } from "@grpc/grpc-js";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@till/gen/grpc/health/v1/health_pb";
import {
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "@till/gen/grpc/reflection/v1/reflection_pb";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { openTcpProxy } from "../../../test/support/tcp-proxy.ts";
import { grpcTransport } from "../src/client.ts";
import { AppError, reasonOf } from "../src/errors.ts";
import { id, userServer } from "./user-server.ts";

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

describe("A client", () => {
  it("tries again on UNAVAILABLE, a few times, and on nothing else", async () => {
    let calls = 0;
    let code = Code.Unavailable;
    const server = await userServer(() => {
      calls += 1;
      if (calls < 3) throw new AppError("AWAY", code, "away");
      return Promise.resolve({ user: { id } });
    });
    expect((await server.client().getUser({ userId: id })).user?.id).to.equal(id);
    expect(calls).to.equal(3);
    calls = 0;
    code = Code.Aborted;
    expect((await failureOf(server.client().getUser({ userId: id }))).code).to.equal(Code.Aborted);
    expect(calls).to.equal(1);
    await server.close();
  });

  it("connects again soon where the network has dropped its connection without a word", async () => {
    const server = await userServer(() => Promise.resolve({ user: { id } }));
    const proxy = await openTcpProxy(server.address);
    const client = server.client({ address: proxy.address, keepaliveMs: 100, timeoutMs: 500 });
    const call = async () => (await client.getUser({ userId: id })).user?.id;
    expect(await call()).to.equal(id);
    proxy.blackHoleOpen();
    await eventually(async () => expect(await call()).to.equal(id));
    proxy.close();
    await server.close();
  });

  it("spreads its calls over all addresses", async () => {
    const served = [0, 0];
    const servers = await Promise.all(
      served.map((_, index) =>
        userServer(() => {
          served[index]! += 1;
          return Promise.resolve({});
        }),
      ),
    );
    const client = servers[0]!.client({ address: servers.map(({ address }) => address).join(",") });
    await client.getUser({ userId: id });
    for (let call = 0; call < 20 || served.includes(0); call += 1) await client.getUser({ userId: id });
    expect(Math.min(...served)).to.be.greaterThan(0);
    await Promise.all(servers.map((server) => server.close()));
  });
});

describe("Reflection", () => {
  for (const version of ["v1", "v1alpha"]) {
    it(`${version} lists the services and describes them, down to the error details`, async () => {
      const server = await userServer(() => Promise.resolve({}));
      const ask = reflectionClient(server.address, version);
      const { messageResponse: list } = await ask({ case: "listServices", value: "" });
      expect(
        list.case === "listServicesResponse" && list.value.service.map(({ name }) => name),
      ).to.deep.equal([
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "till.user.v1.UserService",
      ]);
      for (const symbol of [
        "till.user.v1.UserService",
        "till.user.v1.UserService.GetUser",
        "google.rpc.ErrorInfo",
      ]) {
        const { messageResponse: file } = await ask({ case: "fileContainingSymbol", value: symbol });
        if (file.case !== "fileDescriptorResponse") throw new Error(`no file for ${symbol}`);
        const { name } = fromBinary(FileDescriptorProtoSchema, file.value.fileDescriptorProto[0]!);
        const byName = await ask({ case: "fileByFilename", value: name });
        expect(byName.messageResponse.case).to.equal("fileDescriptorResponse");
      }
      const { messageResponse: none } = await ask({ case: "fileContainingSymbol", value: "till.Nothing" });
      expect(none.case === "errorResponse" && none.value.errorCode).to.equal(Code.NotFound);
      await server.close();
    });
  }

  it("can be left out", async () => {
    const server = await userServer(() => Promise.resolve({}), { reflection: false });
    const listed = reflectionClient(server.address, "v1")({ case: "listServices", value: "" });
    expect(await listed.catch((error: { code: number }) => error.code)).to.equal(Code.Unimplemented);
    await server.close();
  });
});

type Ask = Parameters<typeof create<typeof ServerReflectionRequestSchema>>[1];

function reflectionClient(address: string, version: string) {
  return async (messageRequest: NonNullable<Ask>["messageRequest"]) => {
    const client = new Client(address, credentials.createInsecure());
    const call = client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      (request: Uint8Array) => Buffer.from(request),
      (bytes) => fromBinary(ServerReflectionResponseSchema, bytes),
    );
    try {
      const request = create(ServerReflectionRequestSchema, { messageRequest: messageRequest! });
      call.write(toBinary(ServerReflectionRequestSchema, request));
      for await (const answer of call)
        return answer as ReturnType<typeof create<typeof ServerReflectionResponseSchema>>;
      throw new Error("no answer");
    } finally {
      call.cancel();
      client.close();
    }
  };
}
