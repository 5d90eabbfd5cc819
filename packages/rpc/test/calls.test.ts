import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { once } from "node:events";
import { connect } from "node:http2";
import { gzipSync } from "node:zlib";
import { ErrorInfoSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { failureOf } from "../../../test/support/failure-of.ts";
import { AppError, reasonOf } from "../src/errors.ts";
import type { Call } from "../src/server.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

describe("A call", () => {
  let server: UserServer;
  let handle: (call: Call) => Promise<void> = () => Promise.resolve();
  let handled = 0;
  before(async () => {
    server = await userServer(async ({ userId }, call) => {
      handled += 1;
      await handle(call);
      return { user: { id: userId, active: true } };
    });
  });
  after(() => server.close());
  beforeEach(() => {
    handled = 0;
    handle = () => Promise.resolve();
  });

  it("is answered", async () => {
    const { user } = await server.client().getUser({ userId: id });
    expect(user).to.include({ id, active: true });
  });

  it("is rejected before its message is read when its caller has no token, a bad one, or the wrong role", async () => {
    const none = await failureOf(
      server.client({ token: () => Promise.resolve("") }).getUser({ userId: "x" }),
    );
    const bad = await failureOf(
      server.client({ token: () => Promise.resolve("bad") }).getUser({ userId: "x" }),
    );
    const role = await failureOf(server.client().batchGetUsers({ userIds: [] }));
    expect([none, bad, role].map(reasonOf)).to.deep.equal([
      "UNAUTHENTICATED",
      "UNAUTHENTICATED",
      "PERMISSION_DENIED",
    ]);
  });

  it("comes from the address that a trusted proxy forwards, and else from that of their connection", async () => {
    const addresses: string[] = [];
    for (const trustedProxies of [[], ["127.0.0.1"], ["127.0.0.0/8", "203.0.113.9"]]) {
      const watched = await userServer(
        (_request, { peerAddress }) => {
          addresses.push(peerAddress.replace(/:\d+$/, ""));
          return Promise.resolve({});
        },
        { trustedProxies },
      );
      for (const given of ["198.51.100.1, 203.0.113.9", "nonsense"])
        await watched.client().getUser({ userId: id }, { headers: { "x-forwarded-for": given } });
      await watched.close();
    }
    const connection = "127.0.0.1";
    expect(addresses).to.deep.equal([
      ...[connection, connection],
      ...["203.0.113.9", connection],
      ...["198.51.100.1", connection],
    ]);
  });

  it("that is denied access is reported with caller, method and peer address, also when the report fails", async () => {
    const rejected: unknown[] = [];
    let reason = "";
    const watched = await userServer(
      () => {
        throw new AppError(reason, Code.NotFound, "none", { deniesAccess: reason === "FOREIGN_NOT_FOUND" });
      },
      {
        onAccessDenied({ method, peerAddress, knownCaller }, error) {
          expect(peerAddress).to.match(/^127\.0\.0\.1:\d+$/);
          rejected.push([method.split("/")[1], knownCaller?.role, error.reason]);
          throw new Error("the audit is away");
        },
      },
    );
    const client = watched.client();
    await failureOf(watched.client({ token: () => Promise.resolve("bad") }).getUser({ userId: id }));
    await failureOf(client.batchGetUsers({ userIds: [] }));
    for (reason of ["FOREIGN_NOT_FOUND", "RATE_LIMITED", "CARD_NUMBER_REFUSED", "PLAIN_NOT_FOUND"]) {
      expect(reasonOf(await failureOf(client.getUser({ userId: id })))).to.equal(reason);
    }
    expect(rejected).to.deep.equal([
      ["GetUser", undefined, "UNAUTHENTICATED"],
      ["BatchGetUsers", "user", "PERMISSION_DENIED"],
      ["GetUser", "user", "FOREIGN_NOT_FOUND"],
      ["GetUser", "user", "RATE_LIMITED"],
      ["GetUser", "user", "CARD_NUMBER_REFUSED"],
    ]);
    await watched.close();
  });

  it("that breaks a rule of the proto is rejected naming the field", async () => {
    const error = await failureOf(server.client().getUser({ userId: "" }));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.InvalidArgument, "INVALID_ARGUMENT"]);
    expect(error.rawMessage).to.include("user_id");
    expect(handled).to.equal(0);
  });

  it("carries a typed failure with its facts to the caller", async () => {
    handle = () => {
      const facts = { metadata: { wanted: "2" }, retryAfterMs: 1500 };
      throw new AppError("OUT_OF_STOCK", Code.FailedPrecondition, "none left", facts);
    };
    const error = await failureOf(server.client().getUser({ userId: id }));
    expect([error.code, error.rawMessage]).to.deep.equal([Code.FailedPrecondition, "none left"]);
    expect(error.findDetails(ErrorInfoSchema)[0]).to.deep.include({ reason: "OUT_OF_STOCK", domain: "till" });
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.deep.equal({ wanted: "2" });
    expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay).to.include({ seconds: 1n, nanos: 500_000_000 });
  });

  it("that fails unexpectedly tells the caller a correlation id and nothing else, and the log everything", async () => {
    handle = () => {
      throw new Error("password=hunter2 at 10.0.0.1");
    };
    const call = server.client().getUser({ userId: id }, { headers: { "x-request-id": "req-7" } });
    const error = await failureOf(call);
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Internal, "INTERNAL"]);
    expect(error.rawMessage).to.equal("internal error, request req-7");
    const line = server.logged.find((text) => text.includes("req-7"));
    expect(line).to.include("failed unexpectedly").and.include("hunter2");
  });

  it("whose deadline has passed on arrival is not carried out", async () => {
    const answer = await rawCall(server.address, { "grpc-timeout": "1n" });
    expect(answer["grpc-status"]).to.equal(String(Code.DeadlineExceeded));
    expect(handled).to.equal(0);
  });

  it("without a deadline gets the server's, and its handler knows it", async () => {
    const brief = await userServer(
      async (_request, call) => {
        await once(call.signal, "abort");
        return {};
      },
      { deadlines: { defaultMs: 50, longestMs: 50 } },
    );
    const answer = await rawCall(brief.address, {});
    expect(answer["grpc-status"]).to.equal(String(Code.DeadlineExceeded));
    await brief.close();
  });

  it("hands on what is left of its time, its trace and its request id", async () => {
    let forwarded: ReturnType<Call["forward"]> | undefined;
    handle = (call) => {
      forwarded = call.forward();
      return Promise.resolve();
    };
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const headers = { "x-request-id": "req-8", traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    await server.client().getUser({ userId: id }, { headers, timeoutMs: 3000 });
    expect(forwarded?.timeoutMs).to.be.within(1, 3000);
    expect(forwarded?.headers["x-request-id"]).to.equal("req-8");
    expect(forwarded?.headers.traceparent).to.match(
      new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`),
    );
  });

  it("that its caller gives up aborts the handler's work", async () => {
    const aborted = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    handle = async (call) => {
      begun.resolve();
      await once(call.signal, "abort");
      aborted.resolve();
    };
    const giveUp = new AbortController();
    const call = server.client().getUser({ userId: id }, { signal: giveUp.signal });
    await begun.promise;
    giveUp.abort();
    expect((await failureOf(call)).code).to.equal(Code.Canceled);
    await aborted.promise;
  });

  it("that is answered aborts nothing, however its stream ends", async () => {
    const signals: AbortSignal[] = [];
    handle = (call) => Promise.resolve(void signals.push(call.signal));
    const client = server.client();
    for (let count = 0; count < 5; count += 1) await client.getUser({ userId: id });
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, false, false, false, false]);
  });

  it("that unpacks to far more than it sent is rejected", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const answer = await rawCall(server.address, { "grpc-encoding": "gzip" }, bomb, 1);
    expect(answer["grpc-status"]).to.equal(String(Code.ResourceExhausted));
    expect(handled).to.equal(0);
  });

  it("of bytes that are no message is rejected as such", async () => {
    const answer = await rawCall(server.address, {}, Buffer.from([0xff, 0xff, 0xff]));
    expect(answer["grpc-status"]).to.equal(String(Code.InvalidArgument));
  });
});

/** A call by hand, for what no client would send. Returns the trailers. */
async function rawCall(address: string, headers: object, body?: Buffer, compressed = 0) {
  const session = connect(`http://${address}`);
  const message = body ?? Buffer.concat([Buffer.from([0x0a, id.length]), Buffer.from(id)]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(compressed, 0);
  prefix.writeUInt32BE(message.length, 1);
  const stream = session.request({
    ":method": "POST",
    ":path": "/till.user.v1.UserService/GetUser",
    "content-type": "application/grpc",
    te: "trailers",
    authorization: "Bearer token-user",
    ...headers,
  });
  const received: Record<string, unknown> = {};
  stream.on("response", (answer: object) => Object.assign(received, answer));
  stream.on("trailers", (answer: object) => Object.assign(received, answer));
  stream.resume();
  stream.end(Buffer.concat([prefix, message]));
  await once(stream, "close");
  session.close();
  return received;
}
