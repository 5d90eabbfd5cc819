import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server, Socket } from "node:net";
import type { AddressResets } from "./address-resets.ts";
import { admitConnections } from "./admit-connections.ts";
import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";

type Options = {
  readonly port: number;
  readonly limits: Pick<Limits, "connections" | "connectionsPerAddress" | "openingMs">;
  readonly isTrustedProxy: (address: string) => boolean;
  readonly resets: Pick<AddressResets, "areTooMany">;
  readonly onLimit: OnLimit;
};

/** Node's own announcement of each accepted connection: grpc-js does not show its sockets. */
const accepted = "net.server.socket";

/**
 * Closes connections to a gRPC server that are too many, those of an address whose clients reset too much, and those on
 * which nothing is sent. Returns what ends the watch.
 */
export function guardConnections({ port, resets, ...options }: Options): () => void {
  const admission = admitConnections({ ...options, isPaused: resets.areTooMany });
  let isGuarded = false;

  /** Node announces a connection when its session is made already: that is spared the next ones that are closed. */
  function onAccepted(message: unknown): void {
    const { socket } = message as { readonly socket: Socket & { readonly server: Server } };
    if (socket.localPort !== port || isGuarded) return;
    isGuarded = true;
    admission.admit(socket);
    admission.admitBefore(socket.server);
  }

  subscribe(accepted, onAccepted);
  return () => {
    unsubscribe(accepted, onAccepted);
    admission.close();
  };
}
