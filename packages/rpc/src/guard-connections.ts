import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server, Socket } from "node:net";
import type { AddressResets } from "./address-resets.ts";
import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";

type Options = {
  readonly port: number;
  readonly limits: Pick<Limits, "connections" | "connectionsPerAddress" | "openingMs">;
  readonly resets: Pick<AddressResets, "areTooMany">;
  readonly onLimit: OnLimit;
};

/** Node's own announcement of each accepted connection: grpc-js does not show its sockets. */
const accepted = "net.server.socket";

/**
 * Closes connections that are too many, of all or of one address, those of an address whose clients reset too much, and
 * those on which nothing is sent. Returns what ends the watch.
 */
export function guardConnections({ port, limits, resets, onLimit }: Options): () => void {
  const open = new Map<string, number>();
  const silent = new Map<Socket, number>();
  let count = 0;
  let isGuarded = false;

  /** Node announces a connection when its session is made already: that is spared the next ones that are closed. */
  function onAccepted(message: unknown): void {
    const { socket } = message as { readonly socket: Socket & { readonly server: Server } };
    if (socket.localPort !== port || isGuarded) return;
    isGuarded = true;
    admit(socket);
    const { server } = socket;
    const listeners = server.listeners("connection");
    server.removeAllListeners("connection").on("connection", (next) => {
      admit(next);
      if (!next.destroyed) for (const listener of listeners) listener.call(server, next);
    });
  }

  function admit(socket: Socket): void {
    const address = socket.remoteAddress ?? "unknown";
    const ofAddress = open.get(address) ?? 0;
    if (count >= limits.connections) return close(socket, "connections");
    if (ofAddress >= limits.connectionsPerAddress) return close(socket, "connections_per_address");
    if (resets.areTooMany(address)) return close(socket, "resets_per_address");
    count += 1;
    open.set(address, ofAddress + 1);
    silent.set(socket, performance.now());
    socket.once("close", () => {
      count -= 1;
      silent.delete(socket);
      const left = open.get(address)! - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  }

  function close(socket: Socket, limit: Parameters<OnLimit>[0]): void {
    onLimit(limit);
    socket.destroy();
  }

  const timer = setInterval(
    () => {
      const latest = performance.now() - limits.openingMs;
      for (const [socket, openedAt] of silent) {
        if (socket.bytesRead > 0) silent.delete(socket);
        else if (openedAt < latest) close(socket, "opening");
        else break; // the others are younger
      }
    },
    Math.min(1_000, limits.openingMs),
  );
  timer.unref();
  subscribe(accepted, onAccepted);
  return () => {
    unsubscribe(accepted, onAccepted);
    clearInterval(timer);
  };
}
