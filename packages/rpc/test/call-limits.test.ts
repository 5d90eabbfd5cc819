import { expect } from "chai";
import { type ClientHttp2Session } from "node:http2";
import { eventually } from "../../../test/support/eventually.ts";
import { limitedServers, message, proxy, request, statusOf } from "./limited-servers.ts";

describe("The limits of a gRPC server's calls", () => {
  const { limited, connection, stillServes, close } = limitedServers();
  afterEach(close);

  it("give each address so many streams without a token, and another one when one has ended", async () => {
    const { server, session, reached } = await limited({ anonymousStreamsPerAddress: 3 });
    const watch = async () => {
      const stream = request(session, "Watch", "grpc.health.v1.Health");
      stream.end(message(0));
      return { stream, status: await statusOf(stream) };
    };
    const watching = [await watch(), await watch(), await watch()];
    expect(watching.map(({ status }) => status)).to.deep.equal([undefined, undefined, undefined]);
    expect((await watch()).status).to.equal("8 RATE_LIMITED");
    expect(await reached("anonymous_streams")).to.equal(1);
    await stillServes(server);
    watching[0]!.stream.close();
    await eventually(async () => (await watch()).status === undefined);
  });

  it("reject calls of a caller, or of an address, that come too fast, and no others", async () => {
    for (const [limits, name] of [
      [{ callerCallsPerSecond: 2 }, "calls_per_caller"],
      [{ addressCallsPerSecond: 2 }, "calls_per_address"],
    ] as const) {
      const { server, session, reached } = await limited(limits);
      const call = async (from: ClientHttp2Session, token: string) => {
        const stream = request(from, "GetUser", undefined, { authorization: `Bearer ${token}` });
        stream.end(message(0));
        return statusOf(stream);
      };
      const statuses = await Promise.all(Array.from({ length: 30 }, () => call(session, "token-user")));
      expect(new Set(statuses)).to.deep.equal(new Set([undefined, "8 RATE_LIMITED"]));
      expect(await reached(name)).to.be.greaterThan(0);
      const isOfAddress = name === "calls_per_address";
      const other = isOfAddress ? await connection(server, {}, "127.0.0.2") : session;
      expect(await call(other, "token-service")).to.equal(undefined);
      await eventually(async () => (await call(session, "token-user")) === undefined);
    }
  });

  it("count the addresses of a client's IPv6 network as one", async () => {
    const { server, reached } = await limited({ addressCallsPerSecond: 2, anonymousStreamsPerAddress: 10 });
    const session = await connection(server, {}, proxy);
    const from = (address: string, method: string, service: string) => {
      const stream = request(session, method, service, { "x-forwarded-for": address });
      stream.end(message(0));
      return statusOf(stream);
    };
    for (const { limit, method, service } of [
      { limit: "calls_per_address", method: "GetUser", service: "till.user.v1.UserService" },
      { limit: "anonymous_streams", method: "Watch", service: "grpc.health.v1.Health" },
    ]) {
      const calls = Array.from({ length: 30 }, (_, host) => from(`2001:db8:0:1::${host}`, method, service));
      expect(new Set(await Promise.all(calls))).to.deep.equal(new Set([undefined, "8 RATE_LIMITED"]));
      expect(await from("2001:db8:0:2::1", method, service)).to.equal(undefined);
      expect(await reached(limit)).to.be.greaterThan(0);
    }
  });
});
