import { createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { once } from "node:events";
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import type { GivenLimits } from "../src/limits.ts";
import type { RateStore } from "../src/rates.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

/** The address of the servers' trusted proxy. */
export const proxy = "127.0.0.9";

/** Servers with limits, and clients that speak HTTP/2 by hand, as no well-behaved client does. */
export function limitedServers() {
  let open: (() => Promise<void> | void)[] = [];

  async function close(): Promise<void> {
    for (const end of open.reverse()) await end();
    open = [];
  }

  async function limited(limits: GivenLimits, rateStore?: RateStore) {
    const metrics = createMetrics({ service: "test" });
    const server = await userServer(({ userId }) => Promise.resolve({ user: { id: userId } }), {
      ...{ limits, metrics, rateStore, trustedProxies: [proxy] },
    });
    open.push(() => server.close());
    const reached = async (limit: string) => {
      const metric = await metrics.getSingleMetric("grpc_server_limits_reached_total")!.get();
      return metric.values.find(({ labels }) => labels.limit === limit)?.value ?? 0;
    };
    return { server, session: await connection(server), reached, metrics };
  }

  async function connection(server: UserServer, settings = {}, localAddress = "127.0.0.1") {
    const createConnection = () => connectTcp({ port: server.port, host: "127.0.0.1", localAddress });
    const session = connectHttp2(`http://${server.address}`, { settings, createConnection });
    open.push(() => session.destroy());
    session.on("error", () => undefined);
    await once(session, "remoteSettings");
    return session;
  }

  function tcp(server: UserServer, localAddress = "127.0.0.1"): Socket {
    const socket = connectTcp({ port: server.port, host: "127.0.0.1", localAddress });
    socket.on("error", () => undefined);
    open.push(() => void socket.destroy());
    return socket.resume();
  }

  async function stillServes(server: UserServer): Promise<void> {
    expect((await server.client().getUser({ userId: id })).user?.id).to.equal(id);
  }

  return { limited, connection, tcp, stillServes, close };
}

/** Begins a call, of which nothing but the metadata is sent. */
export function request(
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
export function message(padding: number): Buffer {
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
export async function ended(one: ClientHttp2Stream | ClientHttp2Session | Socket): Promise<void> {
  if (!one.closed) await new Promise<void>((resolve) => void one.once("close", () => resolve()));
}

/** The gRPC code and the reason of a stream that was rejected; undefined where it has begun. */
export async function statusOf(stream: ClientHttp2Stream): Promise<string | undefined> {
  const begun = new Promise<undefined>((resolve) => stream.once("data", () => resolve(undefined)));
  const rejected = new Promise<string>((resolve) => {
    const read = (headers: Record<string, string | string[] | number | undefined>) => {
      const { "grpc-status": code, "grpc-status-details-bin": details } = headers;
      const text = Buffer.from((details as string | undefined) ?? "", "base64").toString("latin1");
      if (code !== undefined) resolve(`${code as string} ${/[A-Z]{4,}(_[A-Z]+)*/.exec(text)?.[0]}`);
    };
    stream.once("response", read).once("trailers", read);
  });
  return Promise.race([begun, rejected]);
}
