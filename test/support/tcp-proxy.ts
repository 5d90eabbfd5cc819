import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A proxy in front of a server, for the faults of a network. Each fault lasts until `pass`. */
export type TcpProxy = {
  /** host:port, where clients connect. */
  readonly address: string;
  /** Carries bytes again. Connections that were in a black hole stay in it, as behind a firewall that dropped them. */
  pass(): void;
  /** New connections go to this server from now on. */
  switchTo(address: string): void;
  /** Open and new connections carry nothing and are not closed. */
  blackHole(): void;
  /** As `blackHole` for the open connections; new ones work. */
  blackHoleOpen(): void;
  /** Requests arrive, responses do not. */
  muteResponses(): void;
  /** Bytes take so long in each direction. */
  slow(ms: number): void;
  /** Closes all connections with a reset; new ones work. */
  reset(): void;
  close(): void;
};

type Mode = "pass" | "black hole" | "mute" | { readonly slowMs: number };
type Line = { readonly sockets: readonly [Socket, Socket]; isDropped: boolean };

/** Opens a proxy on 127.0.0.1 to `host:port`. */
export async function openTcpProxy(server: string): Promise<TcpProxy> {
  let to = server;
  let mode: Mode = "pass";
  const lines = new Set<Line>();
  const listener = createServer((client) => {
    const [host = "", port = ""] = to.split(":");
    const upstream = connect(Number(port), host);
    const line: Line = { sockets: [client, upstream], isDropped: mode === "black hole" };
    lines.add(line);
    carry(line, client, upstream, "request");
    carry(line, upstream, client, "response");
  });

  function carry(line: Line, from: Socket, to: Socket, direction: "request" | "response"): void {
    let before = Promise.resolve();
    from.on("data", (bytes) => {
      if (line.isDropped || (mode === "mute" && direction === "response")) return;
      if (typeof mode === "string") return void to.write(bytes);
      const { slowMs } = mode;
      before = Promise.all([before, delay(slowMs)]).then(() => void (to.destroyed || to.write(bytes)));
    });
    from.on("error", () => from.destroy());
    from.once("close", () => {
      // The end of a connection does not get through a black hole either.
      if (line.isDropped && !to.destroyed) return;
      lines.delete(line);
      to.destroy();
    });
  }

  function drop(): void {
    for (const line of lines) line.isDropped = true;
  }

  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    pass: () => void (mode = "pass"),
    switchTo: (address) => void (to = address),
    blackHole() {
      mode = "black hole";
      drop();
    },
    blackHoleOpen: drop,
    muteResponses: () => void (mode = "mute"),
    slow: (slowMs) => void (mode = { slowMs }),
    reset() {
      for (const { sockets } of lines) for (const socket of sockets) socket.resetAndDestroy();
    },
    close() {
      listener.close();
      for (const { sockets } of lines) for (const socket of sockets) socket.destroy();
    },
  };
}
