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
};

const atOnce = 50;

/** Opens so many connections. Each reads only what `onOpen` makes it read. */
export async function openConnections(
  { port }: Target,
  { count, tls }: Options,
  onOpen: (socket: Socket) => void = () => undefined,
): Promise<Connections> {
  const sockets: Socket[] = [];
  let closed = 0;
  async function open(): Promise<void> {
    const socket = tls
      ? connectTls({ port, host: "127.0.0.1", ALPNProtocols: [tls.alpn], rejectUnauthorized: false })
      : connect(port, "127.0.0.1");
    socket.on("error", () => undefined).once("close", () => (closed += 1));
    await once(socket, tls ? "secureConnect" : "connect");
    sockets.push(socket);
    onOpen(socket);
  }
  for (let opened = 0; opened < count; opened += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - opened) }, open));
  return { sockets, closed: () => closed, close: () => sockets.forEach((socket) => void socket.destroy()) };
}
