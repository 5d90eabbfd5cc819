import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, type AddressInfo, type Socket } from "node:net";
import { createServer } from "node:tls";

type CertificateFiles = {
  readonly cert: string;
  readonly key: string;
  /** Whose certificates clients must present; left out: none. */
  readonly clientCa?: string;
};

/** Speaks TLS with HTTP/2 in front of a gRPC server that does not, on a port of 127.0.0.1. */
export async function openTlsProxy(server: string, { cert, key, clientCa }: CertificateFiles) {
  const [host = "", port = ""] = server.split(":");
  const sockets = new Set<Socket>();
  const pem = {
    cert: await readFile(cert),
    key: await readFile(key),
    ...(clientCa !== undefined && { ca: await readFile(clientCa), requestCert: true }),
  };
  const listener = createServer({ ...pem, ALPNProtocols: ["h2"] }, (client) => {
    const upstream = connect(Number(port), host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.once("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
