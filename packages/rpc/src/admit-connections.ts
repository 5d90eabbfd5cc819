import type { Server, Socket } from "node:net";
import { countedAddress } from "./counted-address.ts";
import type { OnLimit } from "./count-limits.ts";
import { completeLimits, type GivenLimits } from "./limits.ts";

type Options = {
  /** Of these the ones that are about connections; left out, the defaults. */
  readonly limits?: GivenLimits;
  /** A proxy's connections are of many clients: of them all may have, no address has a share. */
  readonly isTrustedProxy: (address: string) => boolean;
  /** Whether an address may not connect at the moment. */
  readonly isPaused?: (peer: string) => boolean;
  readonly onLimit: (limit: ConnectionLimit) => void;
};

export type ConnectionLimit = Extract<
  Parameters<OnLimit>[0],
  "connections" | "connections_per_address" | "resets_per_address" | "opening"
>;

/** Admits the connections of a server. */
export type ConnectionAdmission = {
  /** Those that are admitted and open. */
  readonly open: ReadonlySet<Socket>;
  /** Counts a connection, or closes it. */
  readonly admit: (socket: Socket) => void;
  /** Admits all connections of a server before it makes a session of them. */
  readonly admitBefore: (server: Server) => void;
  close(): void;
};

/** Closes connections that are too many, of all or of one address, and those on which nothing is sent. */
export function admitConnections({
  limits,
  isTrustedProxy,
  isPaused = () => false,
  onLimit,
}: Options): ConnectionAdmission {
  const { connections, connectionsPerAddress, openingMs } = completeLimits(limits);
  const open = new Set<Socket>();
  const ofAddress = new Map<string, number>();
  const silent = new Map<Socket, number>();

  function admit(socket: Socket): void {
    const peer = socket.remoteAddress ?? "unknown";
    const address = isTrustedProxy(peer) ? undefined : countedAddress(peer);
    if (open.size >= connections) return reject(socket, "connections");
    if (address !== undefined) {
      const count = ofAddress.get(address) ?? 0;
      if (count >= connectionsPerAddress) return reject(socket, "connections_per_address");
      if (isPaused(peer)) return reject(socket, "resets_per_address");
      ofAddress.set(address, count + 1);
    }
    open.add(socket);
    silent.set(socket, performance.now());
    socket.once("close", () => {
      open.delete(socket);
      silent.delete(socket);
      if (address !== undefined) release(address);
    });
  }

  function release(address: string): void {
    const left = ofAddress.get(address)! - 1;
    if (left === 0) ofAddress.delete(address);
    else ofAddress.set(address, left);
  }

  function reject(socket: Socket, limit: ConnectionLimit): void {
    onLimit(limit);
    socket.destroy();
  }

  const timer = setInterval(
    () => {
      const latest = performance.now() - openingMs;
      for (const [socket, openedAt] of silent) {
        if (socket.bytesRead > 0) silent.delete(socket);
        else if (openedAt < latest) reject(socket, "opening");
        else break; // the others are younger
      }
    },
    Math.min(1_000, openingMs),
  );
  timer.unref();

  return {
    open,
    admit,
    admitBefore(server) {
      const listeners = server.listeners("connection");
      server.removeAllListeners("connection").on("connection", (socket) => {
        admit(socket);
        if (!socket.destroyed) for (const listener of listeners) listener.call(server, socket);
      });
    },
    close: () => clearInterval(timer),
  };
}
