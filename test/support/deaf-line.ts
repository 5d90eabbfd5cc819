import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A connection to a server that can go dead in one direction: requests arrive, responses do not. */
export type DeafLine = { readonly address: string; mute(): void; close(): void };

/** Opens a line to host:port. */
export async function openDeafLine(to: string): Promise<DeafLine> {
  const [host = "", port = ""] = to.split(":");
  const sockets = new Set<Socket>();
  let isSilent = false;
  const server = createServer((caller) => {
    const callee = connect(Number(port), host);
    for (const socket of [caller, callee]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => (sockets.delete(socket), caller.destroy(), callee.destroy()));
    }
    caller.pipe(callee);
    callee.on("data", (bytes) => void (isSilent || caller.write(bytes)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    mute: () => void (isSilent = true),
    close() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
