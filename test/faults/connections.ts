import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Target } from "./fault-system.ts";

/** Connections of one attacker, opened and kept. */
export type Connections = {
  readonly sockets: readonly Socket[];
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
  return { sockets, closed: () => closed, close: () => sockets.forEach((socket) => void socket.destroy()) };
}
