import { once } from "node:events";
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import {
  flag,
  frameHeaderBytes,
  frameType,
  greeting,
  requestHeaders,
  writeFrameHeader,
} from "../bench/load/frames.ts";
import { residentMb } from "../bench/cpu.ts";
import { beside, type Bounds } from "./beside.ts";
import type { FaultSystem, Target } from "./fault-system.ts";
import { warmUp } from "./load.ts";
import type { Scenario, Verdict } from "./scenario.ts";

const bounds: Bounds = { growthMb: { first: 100, again: 30 }, keptMb: 100, slowdown: 2 };

/** Clients without a token that mean harm to a gRPC service. */
export const hostileGrpcClients: readonly Scenario<FaultSystem>[] = [
  {
    name: "anonymous-streams",
    about: "10,000 watchers of the health that show no token",
    run: (system) => besideAtWork(system, watchHealth),
  },
  {
    name: "stream-resets",
    about: "20,000 calls a second that are reset as soon as they have begun, on new connections all the time",
    run: (system) => besideAtWork(system, resetStreams),
  },
  {
    name: "unfinished-messages",
    about: "100 messages of 8 MB of which a half is sent, without a token",
    run: (system) => besideAtWork(system, leaveUnfinished),
  },
];

const attackMs = 10_000;
/** Another address than the well-behaved client's. */
const localAddress = "127.0.0.2";

const mostLoads = 6;

/**
 * What an attack adds to the memory of a service that has been at its peak, and until that needs no more of it: V8 keeps
 * what it has once had, and a service that has done little has had little.
 */
async function besideAtWork(
  system: FaultSystem,
  attack: (target: Target) => Promise<string>,
): Promise<Verdict> {
  const { order, bystander, token } = system;
  for (let loads = 0, before = 0, now = 1; loads < mostLoads && now > 1.05 * before; loads += 1) {
    before = now;
    await warmUp({ port: order.port, token });
    now = residentMb(order.pid) ?? 0;
  }
  return beside(order, { system, bounds, attack, bystander });
}

function call(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  return session.request(headers).on("error", () => undefined);
}

async function openSessions({ port }: Target, count: number): Promise<ClientHttp2Session[]> {
  const sessions = Array.from({ length: count }, () =>
    connectHttp2(`http://127.0.0.1:${port}`, {
      createConnection: () => connect({ port, host: "127.0.0.1", localAddress }),
    }).on("error", () => undefined),
  );
  await Promise.all(sessions.map((session) => once(session, "connect")));
  return sessions;
}

async function watchHealth(target: Target): Promise<string> {
  const count = 10_000;
  const sessions = await openSessions(target, 20);
  let [open, ended] = [0, 0];
  for (const session of sessions)
    for (let stream = 0; stream < count / sessions.length; stream += 1) {
      const watch = call(session, "/grpc.health.v1.Health/Watch");
      watch.once("data", () => (open += 1)).once("close", () => (ended += 1));
      watch.resume().end(Buffer.alloc(5));
    }
  await delay(attackMs);
  const text = `${open} of ${count} watchers admitted, ${ended} ended`;
  sessions.forEach((session) => session.destroy());
  return text;
}

async function leaveUnfinished(target: Target): Promise<string> {
  const [count, bytes] = [100, 8 * 1024 * 1024];
  const sessions = await openSessions(target, 10);
  let ended = 0;
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes, 1);
  for (const session of sessions)
    for (let stream = 0; stream < count / sessions.length; stream += 1) {
      const half = call(session, "/till.order.v1.OrderService/CreateOrder").resume();
      half.once("close", () => (ended += 1)).write(prefix);
      half.write(Buffer.alloc(bytes / 2));
    }
  await delay(attackMs);
  const text = `${ended} of ${count} unfinished messages ended`;
  sessions.forEach((session) => session.destroy());
  return text;
}

async function resetStreams(target: Target): Promise<string> {
  const perSecond = 20_000;
  const attackers = Array.from({ length: 10 }, () => resetter(target));
  const startedAt = performance.now();
  let due = 0;
  while (performance.now() - startedAt < attackMs) {
    const until = ((performance.now() - startedAt) / 1000) * perSecond;
    for (; due < until; due += attackers.length * 10) attackers.forEach((attacker) => attacker.reset(10));
    await delay(1);
  }
  attackers.forEach((attacker) => attacker.close());
  const sent = attackers.reduce((sum, attacker) => sum + attacker.sent(), 0);
  const closed = attackers.reduce((sum, attacker) => sum + attacker.connections(), 0);
  return `${Math.round(sent / (attackMs / 1000))} resets a second on ${closed} connections`;
}

/** One attacker that connects again as soon as it is cut off. */
function resetter({ port }: Target) {
  const { first } = requestHeaders([
    [":path", "/till.order.v1.OrderService/GetOrder"],
    [":authority", "till"],
    ["te", "trailers"],
    ["content-type", "application/grpc"],
  ]);
  let [sent, connections, isOver] = [0, 0, false];
  let socket: Socket;
  let stream: number;
  function open(): void {
    [stream, connections] = [1, connections + 1];
    socket = connect({ port, host: "127.0.0.1", localAddress }).on("error", () => undefined);
    socket.resume().once("close", () => {
      if (!isOver) setImmediate(open);
    });
    socket.write(greeting());
  }
  open();
  return {
    sent: () => sent,
    connections: () => connections,
    reset(count: number) {
      if (!socket.writable || socket.connecting) return;
      const frames = Array.from({ length: count }, () => resetCall(first, (stream += 2) - 2));
      socket.write(Buffer.concat(frames));
      sent += count;
    },
    close() {
      isOver = true;
      socket.destroy();
    },
  };
}

const cancel = 8;

function resetCall(headers: Buffer, stream: number): Buffer {
  const out = Buffer.alloc(2 * frameHeaderBytes + headers.length + 4);
  let at = writeFrameHeader(out, 0, headers.length, frameType.headers, flag.endHeaders, stream);
  at += headers.copy(out, at);
  at = writeFrameHeader(out, at, 4, frameType.rstStream, 0, stream);
  out.writeUInt32BE(cancel, at);
  return out;
}
