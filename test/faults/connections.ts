import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { Target } from "./fault-system.ts";

/** Connections of one attacker, opened and kept. */
export type Connections = {
  /** How many the gateway has closed by now. */
  readonly closed: () => number;
  readonly close: () => void;
};

type Options = {
  readonly count: number;
  /** Speaks TLS; left out for a gateway with TLS: the handshake is never begun. */
  readonly tls?: { readonly alpn: "h2" | "http/1.1" };
  /** The attacker's address; left out, that of the well-behaved client. */
  readonly localAddress?: string;
};

const atOnce = 50;

/** Opens so many connections. Each reads only what `onOpen` makes it read. */
export async function openConnections(
  { port }: Target,
  { count, tls, localAddress = "127.0.0.1" }: Options,
  onOpen: (socket: Socket) => void = () => undefined,
): Promise<Connections> {
  const sockets: Socket[] = [];
  let closed = 0;
  async function open(): Promise<void> {
    const tcp = connect({ port, host: "127.0.0.1", localAddress });
    tcp.on("error", () => undefined);
    const socket = tls
      ? connectTls({ socket: tcp, ALPNProtocols: [tls.alpn], rejectUnauthorized: false })
      : tcp;
    const end = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
    socket.on("error", () => undefined).once("close", () => (closed += 1));
    const opening = once(socket, tls ? "secureConnect" : "connect").catch(() => end);
    await Promise.race([opening, end]);
    sockets.push(socket);
    if (!socket.destroyed) onOpen(socket);
  }
  for (let opened = 0; opened < count; opened += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - opened) }, open));
  return { closed: () => closed, close: () => sockets.forEach((socket) => void socket.destroy()) };
}

const isTls = ({ url }: Target) => url.startsWith("https");

/** The option to speak HTTP/1.1, over TLS where the gateway has it. */
export const overHttp1 = (gateway: Target) => (isTls(gateway) ? { tls: { alpn: "http/1.1" } as const } : {});

/** The option to speak HTTP/2 where the gateway has TLS. */
export const overHttp2 = (gateway: Target) => (isTls(gateway) ? { tls: { alpn: "h2" } as const } : {});

/** Waits until the gateway has closed so many, at most a minute and a half. */
export async function untilClosed(closed: () => number, count: number): Promise<void> {
  const giveUpAt = performance.now() + 90_000;
  while (closed() < count && performance.now() < giveUpAt) await delay(100);
}

/** For figures. */
export function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}
