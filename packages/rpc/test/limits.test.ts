import { expect } from "chai";
import { createMetrics } from "@till/telemetry";
import { readFile } from "node:fs/promises";
import {
  constants,
  connect as connectHttp2,
  type ClientHttp2Session,
  type ClientHttp2Stream,
} from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { once } from "node:events";
import { eventually } from "../../../test/support/eventually.ts";
import { defaultLimits, http2Limits, type GivenLimits } from "../src/limits.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

describe("The limits of a gRPC server", () => {
  let open: (() => Promise<void> | void)[] = [];

  afterEach(async () => {
    for (const close of open.reverse()) await close();
    open = [];
  });

  it("end a request that does not come to its end, and no other one of its connection", async () => {
    const { server, session, reached } = await limited({ requestMs: 200 });
    const half = request(session, "GetUser");
    half.write(message(100).subarray(0, 50));
    await ended(half);
    expect(half.rstCode).to.equal(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(await reached("request_time")).to.equal(1);
    expect(session.closed).to.equal(false);
    await stillServes(server);
  });

  it("end the largest of the requests that together hold too much before they are whole", async () => {
    const { server, session, reached } = await limited({ unfinishedBytes: 4_000_000 });
    const small = request(session, "GetUser");
    small.write(message(1_000).subarray(0, 500));
    const large = Array.from({ length: 20 }, () => request(session, "GetUser"));
    for (const stream of large) stream.write(message(1_000_000).subarray(0, 900_000));
    const isEnded = (stream: ClientHttp2Stream) => stream.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM;
    await eventually(() => large.filter(isEnded).length >= 16);
    expect(await reached("unfinished_bytes")).to.be.greaterThan(15);
    expect(small.closed).to.equal(false);
    await stillServes(server);
  });

  it("do not end requests that are large and whole, one after the other", async () => {
    const { session, reached } = await limited({ unfinishedBytes: 1_000_000 });
    for (let count = 0; count < 5; count += 1) {
      const stream = request(session, "GetUser");
      stream.end(message(800_000));
      await ended(stream);
      expect(stream.rstCode).to.equal(constants.NGHTTP2_NO_ERROR);
    }
    expect(await reached("unfinished_bytes")).to.equal(0);
  });

  it("end a response of which nothing is read", async () => {
    const { server, reached } = await limited({ unreadMs: 200, requestMs: 60_000 });
    const session = await connection(server, { initialWindowSize: 0 });
    const stream = request(session, "GetUser");
    stream.end(message(0));
    await eventually(async () => (await reached("unread")) === 1);
    await stillServes(server);
  });

  it("leave a stream alone on which nothing happens, and one in both directions that sends nothing more", async () => {
    const { session, reached } = await limited({ requestMs: 100, unreadMs: 100 });
    const watching = request(session, "Watch", "grpc.health.v1.Health");
    watching.end(message(0));
    const reflecting = request(session, "ServerReflectionInfo", "grpc.reflection.v1.ServerReflection");
    reflecting.write(message(0));
    const half = request(session, "GetUser");
    half.write(message(100).subarray(0, 50));
    await ended(half);
    expect(await reached("request_time")).to.equal(1);
    expect([watching.closed, reflecting.closed]).to.deep.equal([false, false]);
  });

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

  it("close connections above those that all, and those that one address may have", async () => {
    for (const [limits, name] of [
      [{ connections: 2 }, "connections"],
      [{ connectionsPerAddress: 2 }, "connections_per_address"],
    ] as const) {
      const { server, session, reached } = await limited(limits);
      await stillServes(server);
      const further = tcp(server);
      await once(further, "close");
      expect(await reached(name)).to.equal(1);
      session.destroy();
      await eventually(async () => {
        const next = tcp(server);
        await Promise.race([once(next, "close"), once(next, "data")]);
        return !next.destroyed;
      });
    }
  });

  it("close a connection on which nothing is sent, or no call is made", async () => {
    const { server, reached } = await limited({ openingMs: 100, connectionIdleMs: 300 });
    const silent = tcp(server);
    await once(silent, "close");
    expect(await reached("opening")).to.equal(1);
    const idle = await connection(server);
    await once(idle, "close");
    expect(await reached("opening")).to.equal(1);
  });

  it("allow so many calls at a time of one connection, and tell its client so", async () => {
    const { session } = await limited({ streamsPerConnection: 7 });
    expect(session.remoteSettings.maxConcurrentStreams).to.equal(7);
  });

  it("close a connection whose peer does not respond to pings, and ask clients of a certain age to connect again", async () => {
    const { server } = await limited({ keepaliveMs: 200 });
    const deaf = tcp(server);
    deaf.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    deaf.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])); // its settings, the last thing it sends
    await ended(deaf);
    const { session } = await limited({ connectionAgeMs: 200 });
    await ended(session);
  });

  it("reject a request and a response that are larger", async () => {
    const { session } = await limited({ requestBytes: 100 });
    const large = request(session, "GetUser");
    large.end(message(1_000));
    expect(await statusOf(large)).to.equal("8 REQUEST_TOO_LARGE");
    const { session: brief } = await limited({ responseBytes: 10 });
    const answered = request(brief, "GetUser");
    answered.end(message(0));
    expect(await statusOf(answered)).to.match(/^8 /);
  });

  it("end a connection that resets streams by the thousand", async () => {
    const { server, session } = await limited({});
    for (let count = 0; count < http2Limits.resets * 2 && !session.destroyed; count += 1)
      request(session, "GetUser").close(constants.NGHTTP2_CANCEL);
    await ended(session);
    await stillServes(server);
  });

  it("close the connections of an address whose clients reset too many streams, also on ever new ones", async () => {
    const { server, reached } = await limited({ resetsPerAddress: 200 });
    const from = (localAddress: string) => connection(server, {}, localAddress);
    // What the server ends by itself is no reset.
    const calm = await from("127.0.0.2");
    for (let count = 0; count < 300; count += 1) {
      const stream = request(calm, "GetUser");
      stream.end(message(0));
      await ended(stream);
    }
    for (let connections = 0; connections < 3; connections += 1) {
      const session = await from("127.0.0.3");
      const streams = Array.from({ length: 90 }, () => request(session, "Watch", "grpc.health.v1.Health"));
      streams.forEach((stream) => stream.end(message(0)));
      await Promise.all(streams.map(statusOf));
      streams.forEach((stream) => stream.close(constants.NGHTTP2_CANCEL));
      await Promise.all(streams.map(ended));
    }
    await eventually(async () => (await reached("resets_per_address")) > 0);
    const further = connectTcp({ port: server.port, host: "127.0.0.1", localAddress: "127.0.0.3" });
    await ended(further.on("error", () => undefined).resume());
    expect(calm.destroyed).to.equal(false);
    await stillServes(server);
  });

  it("reset a call whose metadata is too large or has too many entries", async () => {
    const { server, session } = await limited({});
    const entries = Array.from({ length: http2Limits.metadataPairs }, (_, index) => [`x-${index}`, "1"]);
    const large = Array.from({ length: 4 }, (_, index) => [
      `x-${index}`,
      "x".repeat(http2Limits.metadataBytes / 4),
    ]);
    for (const pairs of [entries, large]) {
      const stream = request(session, "GetUser", undefined, Object.fromEntries(pairs) as object);
      stream.end(message(0));
      await ended(stream);
      expect(stream.rstCode).to.not.equal(constants.NGHTTP2_NO_ERROR);
    }
    await stillServes(server);
  });

  it("are in .env.example, each with the default it has", async () => {
    const text = await readFile(new URL("../../../.env.example", import.meta.url), "utf8");
    const shown = new Map(
      [...text.matchAll(/^# (TILL_[A-Z_]+)=(\d+)\b/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    const seconds = (name: string) => shown.get(name)! * 1000;
    expect({
      requestBytes: shown.get("TILL_MAX_REQUEST_BYTES"),
      responseBytes: shown.get("TILL_MAX_RESPONSE_BYTES"),
      unfinishedBytes: shown.get("TILL_MAX_UNFINISHED_BYTES"),
      requestMs: seconds("TILL_REQUEST_TIMEOUT_SECONDS"),
      unreadMs: seconds("TILL_UNREAD_TIMEOUT_SECONDS"),
      commands: shown.get("TILL_MAX_COMMANDS"),
      queuedCommands: shown.get("TILL_MAX_QUEUED_COMMANDS"),
      stuckCommandsMs: seconds("TILL_STUCK_COMMANDS_SECONDS"),
      streamsPerConnection: shown.get("TILL_MAX_STREAMS_PER_CONNECTION"),
      addressCallsPerSecond: shown.get("TILL_ADDRESS_CALLS_PER_SECOND"),
      callerCallsPerSecond: shown.get("TILL_CALLER_CALLS_PER_SECOND"),
      anonymousStreamsPerAddress: shown.get("TILL_MAX_ANONYMOUS_STREAMS_PER_ADDRESS"),
      resetsPerAddress: shown.get("TILL_MAX_RESETS_PER_ADDRESS"),
      connections: shown.get("TILL_MAX_CONNECTIONS"),
      connectionsPerAddress: shown.get("TILL_MAX_CONNECTIONS_PER_ADDRESS"),
      openingMs: seconds("TILL_CONNECTION_OPENING_SECONDS"),
      connectionIdleMs: seconds("TILL_CONNECTION_IDLE_SECONDS"),
      connectionAgeMs: seconds("TILL_CONNECTION_AGE_SECONDS"),
      keepaliveMs: seconds("TILL_KEEPALIVE_SECONDS"),
    }).to.deep.equal(defaultLimits);
  });

  async function limited(limits: GivenLimits) {
    const metrics = createMetrics({ service: "test" });
    const server = await userServer(({ userId }) => Promise.resolve({ user: { id: userId } }), {
      limits,
      metrics,
    });
    open.push(() => server.close());
    const reached = async (limit: string) => {
      const metric = await metrics.getSingleMetric("grpc_server_limits_reached_total")!.get();
      return metric.values.find(({ labels }) => labels.limit === limit)?.value ?? 0;
    };
    return { server, session: await connection(server), reached };
  }

  async function connection(server: UserServer, settings = {}, localAddress = "127.0.0.1") {
    const createConnection = () => connectTcp({ port: server.port, host: "127.0.0.1", localAddress });
    const session = connectHttp2(`http://${server.address}`, { settings, createConnection });
    open.push(() => session.destroy());
    session.on("error", () => undefined);
    await once(session, "remoteSettings");
    return session;
  }

  function tcp(server: UserServer): Socket {
    const socket = connectTcp(server.port, "127.0.0.1").on("error", () => undefined);
    open.push(() => void socket.destroy());
    return socket.resume();
  }

  async function stillServes(server: UserServer): Promise<void> {
    expect((await server.client().getUser({ userId: id })).user?.id).to.equal(id);
  }
});

function request(
  session: ClientHttp2Session,
  method: string,
  service = "till.user.v1.UserService",
  headers: object = {},
): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": `/${service}/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
    authorization: "Bearer token-user",
    ...headers,
  });
  return stream.on("error", () => undefined).resume();
}

/** A message on the wire, of a user's id and so many bytes of an unknown field. */
function message(padding: number): Buffer {
  const user = Buffer.concat([Buffer.from([0x0a, id.length]), Buffer.from(id)]);
  const unknown =
    padding === 0
      ? Buffer.alloc(0)
      : Buffer.concat([varint((1000 << 3) | 2), varint(padding), Buffer.alloc(padding)]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(user.length + unknown.length, 1);
  return Buffer.concat([prefix, user, unknown]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

/** Waits for the end of a stream or connection, whatever its error. */
async function ended(one: ClientHttp2Stream | ClientHttp2Session | Socket): Promise<void> {
  if (!one.closed) await new Promise<void>((resolve) => void one.once("close", () => resolve()));
}

/** The gRPC code and the reason of a stream that was rejected; undefined where it has begun. */
async function statusOf(stream: ClientHttp2Stream): Promise<string | undefined> {
  const begun = new Promise<undefined>((resolve) => stream.once("data", () => resolve(undefined)));
  const rejected = new Promise<string>((resolve) => {
    const read = (headers: Record<string, string | string[] | number | undefined>) => {
      const { "grpc-status": code, "grpc-status-details-bin": details } = headers;
      const text = Buffer.from((details as string | undefined) ?? "", "base64").toString("latin1");
      if (code !== undefined) resolve(`${code as string} ${/[A-Z]+_[A-Z_]+/.exec(text)?.[0]}`);
    };
    stream.once("response", read).once("trailers", read);
  });
  return Promise.race([begun, rejected]);
}
