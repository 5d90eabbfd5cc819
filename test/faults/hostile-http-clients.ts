import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { beside, type Bounds } from "./beside.ts";
import { openConnections } from "./connections.ts";
import type { FaultSystem, Target } from "./fault-system.ts";
import type { Scenario } from "./scenario.ts";
import { sixStreams } from "./six-streams.ts";

/** 5,000 open TLS connections take 65 KB each. */
const bounds: Bounds = { growthMb: { first: 350, again: 64 } };
/** An address may have 1,000. */
const ofOneAddress: Bounds = { growthMb: { first: 130, again: 64 } };

const get = "GET /openapi.json HTTP/1.1\r\nhost: till\r\n\r\n";
const rpc = "/till.order.v1.OrderService/GetOrder";

/** Clients that mean harm to the gateway, or are broken. */
export const hostileHttpClients: readonly Scenario<FaultSystem>[] = [
  {
    name: "slow-loris",
    about: "500 clients that send a header a second, without end",
    run: (system) => beside(system.clear, { system, bounds, attack: sendSlowly }),
  },
  {
    name: "slow-loris-tls",
    about:
      "the same over TLS, beside 500 that never begin the handshake and 200 bodies without end over HTTP/2",
    run: (system) =>
      beside(system.secure, {
        ...{ system, bounds },
        async attack(secure) {
          const attacks = [sendSlowly(secure), leaveOutHandshake(secure), leaveBodiesOpen(system)];
          return (await Promise.all(attacks)).join("; ");
        },
      }),
  },
  {
    name: "idle-connections",
    about: "5,000 connections of an address and 1,000 each of four others, on which nothing is sent",
    run: (system) => beside(system.clear, { system, bounds, attack: idleOfMany }),
  },
  {
    name: "idle-connections-tls",
    about: "5,000 TLS connections of one address, with HTTP/2 on which nothing is sent",
    run: (system) => beside(system.secure, { system, bounds: ofOneAddress, attack: idle }),
  },
  {
    name: "idle-connections-tls-of-many",
    about: "the same beside 1,000 each of four other addresses: as many are open as were tried in vain",
    run: (system) => beside(system.secure, { system, bounds, attack: idleOfMany }),
  },
  {
    name: "large-bodies",
    about: "200 bodies of 1 GB, declared and then sent, and 200 of an unknown length",
    run: (system) => beside(system.clear, { system, bounds, attack: () => sendLargeBodies(system) }),
  },
  {
    name: "gzip-bombs",
    about: "500 messages of 50 KB that are 50 MB when they are decompressed",
    run: (system) => beside(system.clear, { system, bounds, attack: () => sendBombs(system) }),
  },
  {
    name: "unread-responses",
    about: "50 clients that ask for 25 MB each and read nothing",
    run: (system) => beside(system.clear, { system, bounds, attack: readNothing }),
  },
  {
    name: "unread-responses-tls",
    about: "50 clients over TLS and 2,000 streams over HTTP/2 that read nothing",
    run: (system) =>
      beside(system.secure, {
        ...{ system, bounds },
        attack: async (secure) =>
          (await Promise.all([readNothing(secure), readNoStreams(secure)])).join("; "),
      }),
  },
  {
    name: "six-streams",
    about: "six WatchOrder streams of one page in Chromium beside its ordinary calls",
    run: sixStreams,
  },
];

const isTls = ({ url }: Target) => url.startsWith("https");
const overHttp1 = (gateway: Target) => (isTls(gateway) ? { tls: { alpn: "http/1.1" } as const } : {});

async function sendSlowly(gateway: Target): Promise<string> {
  const count = 500;
  const startedAt = performance.now();
  const clients = await openConnections(gateway, { count, ...overHttp1(gateway) }, (socket) => {
    socket.resume().write("GET /orders HTTP/1.1\r\nhost: till\r\n");
    const timer = setInterval(() => socket.write("x-slow: 1\r\n"), 1_000);
    socket.once("close", () => clearInterval(timer));
  });
  await untilClosed(clients.closed, count);
  clients.close();
  return `${clients.closed()} of ${count} slow clients cut off within ${secondsSince(startedAt)} s`;
}

async function leaveOutHandshake(gateway: Target): Promise<string> {
  const count = 500;
  const startedAt = performance.now();
  const clients = await openConnections(gateway, { count }, (socket) => socket.resume());
  await untilClosed(clients.closed, count);
  const text = `${clients.closed()} of ${count} without a handshake within ${secondsSince(startedAt)} s`;
  clients.close();
  return text;
}

async function leaveBodiesOpen({ secure, token }: FaultSystem): Promise<string> {
  const startedAt = performance.now();
  const sessions = [1, 2].map(() => connectHttp2(secure.url, { rejectUnauthorized: false }));
  let closed = 0;
  for (const session of sessions)
    for (let count = 0; count < 100; count += 1) {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const stream = session.request({ ":method": "POST", ":path": rpc, ...headers });
      stream.on("error", () => undefined).once("close", () => (closed += 1));
      const timer = setInterval(() => stream.write(" "), 1_000);
      stream.once("close", () => clearInterval(timer));
    }
  await untilClosed(() => closed, 200);
  sessions.forEach((session) => session.destroy());
  return `${closed} of 200 bodies over HTTP/2 within ${secondsSince(startedAt)} s`;
}

async function idle(gateway: Target): Promise<string> {
  return holdIdle(gateway, [{ localAddress: "127.0.0.2", count: 5_000 }]);
}

async function idleOfMany(gateway: Target): Promise<string> {
  const others = [3, 4, 5, 6].map((host) => ({ localAddress: `127.0.0.${host}`, count: 1_000 }));
  return holdIdle(gateway, [{ localAddress: "127.0.0.2", count: 5_000 }, ...others]);
}

async function holdIdle(
  gateway: Target,
  attackers: readonly { readonly localAddress: string; readonly count: number }[],
): Promise<string> {
  const tls = isTls(gateway) ? { tls: { alpn: "h2" } as const } : {};
  const before = await rejectedOf(gateway);
  let last = 0;
  await Promise.all(
    attackers.map(async (attacker) => {
      const clients = await openConnections(gateway, { ...attacker, ...tls }, (socket) => socket.resume());
      last = performance.now();
      await untilClosed(clients.closed, attacker.count);
      clients.close();
    }),
  );
  const count = attackers.reduce((sum, attacker) => sum + attacker.count, 0);
  const rejected = (await rejectedOf(gateway)) - before;
  return `of ${count} connections ${rejected} were over an address's limit; all closed ${secondsSince(last)} s after the last was opened`;
}

/** How many connections the gateway has closed at once, because their address had too many. */
async function rejectedOf({ metricsUrl }: Target): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  const rejected = /^gateway_connections_rejected_total\{.*limit="connections_per_address".*\} (\d+)$/m;
  return Number(rejected.exec(text)?.[1] ?? 0);
}

async function sendLargeBodies({ clear, token }: FaultSystem): Promise<string> {
  const count = 200;
  const chunk = Buffer.alloc(64 * 1024, "x");
  const statuses = new Map<string, number>();
  for (const [framing, prefix] of [
    ["content-length: 1000000000", ""],
    ["transfer-encoding: chunked", `${chunk.length.toString(16)}\r\n`],
  ] as const)
    for (const path of ["/orders", rpc]) {
      const head = `POST ${path} HTTP/1.1\r\nhost: till\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json`;
      const clients = await openConnections(clear, { count: count / 2 }, (socket) => {
        socket.once("data", (response) => {
          const status = response.toString("latin1", 9, 12);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          socket.resume();
        });
        const send = (): void => {
          while (
            !socket.destroyed &&
            socket.write(prefix) &&
            socket.write(chunk) &&
            socket.write(prefix && "\r\n")
          );
        };
        socket.on("drain", send).write(`${head}\r\n${framing}\r\n\r\n`);
        send();
      });
      await untilClosed(clients.closed, count / 2);
      clients.close();
    }
  return [...statuses].map(([status, times]) => `${times} × ${status}`).join(", ");
}

async function sendBombs({ clear, token }: FaultSystem): Promise<string> {
  const bomb = gzipSync(JSON.stringify({ orderId: "x".repeat(50_000_000) }));
  const headers = {
    ...{ authorization: `Bearer ${token}`, "content-type": "application/json", "content-encoding": "gzip" },
  };
  const codes = new Map<string, number>();
  for (let sent = 0; sent < 500; sent += 25) {
    const responses = Array.from({ length: 25 }, async () => {
      const response = await fetch(`${clear.url}${rpc}`, { method: "POST", headers, body: bomb });
      const { code } = (await response.json()) as { readonly code: string };
      codes.set(code, (codes.get(code) ?? 0) + 1);
    });
    await Promise.all(responses);
  }
  return [...codes].map(([code, times]) => `${times} × ${code}`).join(", ");
}

async function readNothing(gateway: Target): Promise<string> {
  const count = 50;
  const requests = 400;
  const clients = await openConnections(gateway, { count, ...overHttp1(gateway) }, (socket) =>
    socket.pause().write(get.repeat(requests)),
  );
  await delay(40_000); // longer than a response may be unread
  clients.close();
  return `${count} clients that read nothing of ${requests} responses each`;
}

async function readNoStreams({ url }: Target): Promise<string> {
  let closed = 0;
  const sessions = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const session = connectHttp2(url, { rejectUnauthorized: false, settings: { initialWindowSize: 100 } });
      session.on("error", () => undefined);
      await once(session, "connect");
      for (let count = 0; count < 100; count += 1)
        session
          .request({ ":path": "/openapi.json" })
          .on("error", () => undefined)
          .once("close", () => (closed += 1));
      return session;
    }),
  );
  await untilClosed(() => closed, 2_000);
  sessions.forEach((session) => session.destroy());
  return `${closed} of 2000 unread streams cut off`;
}

/** Waits for the gateway, at most a minute and a half. */
async function untilClosed(closed: () => number, count: number): Promise<void> {
  const giveUpAt = performance.now() + 90_000;
  while (closed() < count && performance.now() < giveUpAt) await delay(100);
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}
