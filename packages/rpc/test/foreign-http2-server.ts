import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

/** A server of HTTP/2 with the limits that Node has. */
export type ForeignHttp2Server = {
  readonly address: string;
  /** The calls that have no end yet. */
  readonly open: ReadonlySet<ServerHttp2Stream>;
  /** How many connections it has closed, or lost. */
  readonly closedConnections: () => number;
  /** Ends all open calls. */
  readonly endAll: () => void;
  readonly close: () => void;
};

/** Starts one. Each call is OK and has an empty message at once; its end comes when `endAll` is called, or at once for a bystander. */
export async function foreignHttp2Server(): Promise<ForeignHttp2Server> {
  const open = new Set<ServerHttp2Stream>();
  let closed = 0;
  const server = createServer();
  server.on("session", (session) => session.once("close", () => (closed += 1)));
  server.on("stream", (stream, headers) => {
    open.add(stream);
    stream.on("error", () => undefined).once("close", () => open.delete(stream));
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.write(Buffer.alloc(5));
    if (headers["bystander"]) stream.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    open,
    closedConnections: () => closed,
    endAll: () => open.forEach((stream) => stream.end()),
    close: () => server.close(),
  };
}
