import { gzipSync } from "node:zlib";
import { openConnections, untilClosed } from "./connections.ts";
import { getOrder, type FaultSystem } from "./fault-system.ts";

/** 200 bodies declare 1 GB and send it, and 200 declare no length. */
export async function sendLargeBodies({ clear, token }: FaultSystem): Promise<string> {
  const count = 200;
  const chunk = Buffer.alloc(64 * 1024, "x");
  const statuses = new Map<string, number>();
  for (const [framing, prefix] of [
    ["content-length: 1000000000", ""],
    ["transfer-encoding: chunked", `${chunk.length.toString(16)}\r\n`],
  ] as const)
    for (const path of ["/orders", getOrder]) {
      const head = `POST ${path} HTTP/1.1\r\nhost: till\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json`;
      const clients = await openConnections(clear, { count: count / 2 }, (socket) => {
        socket.once("data", (response) => {
          const status = response.toString("latin1", 9, 12);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          socket.resume();
        });
        const send = (): void => {
          while (
            !socket.destroyed &&
            socket.write(prefix) &&
            socket.write(chunk) &&
            socket.write(prefix && "\r\n")
          );
        };
        socket.on("drain", send).write(`${head}\r\n${framing}\r\n\r\n`);
        send();
      });
      await untilClosed(clients.closed, count / 2);
      clients.close();
    }
  return [...statuses].map(([status, times]) => `${times} × ${status}`).join(", ");
}

/** 500 messages of 50 KB are 50 MB when they are decompressed. */
export async function sendBombs({ clear, token }: FaultSystem): Promise<string> {
  const bomb = gzipSync(JSON.stringify({ orderId: "x".repeat(50_000_000) }));
  const headers = {
    ...{ authorization: `Bearer ${token}`, "content-type": "application/json", "content-encoding": "gzip" },
  };
  const codes = new Map<string, number>();
  for (let sent = 0; sent < 500; sent += 25) {
    const responses = Array.from({ length: 25 }, async () => {
      const response = await fetch(`${clear.url}${getOrder}`, { method: "POST", headers, body: bomb });
      const { code } = (await response.json()) as { readonly code: string };
      codes.set(code, (codes.get(code) ?? 0) + 1);
    });
    await Promise.all(responses);
  }
  return [...codes].map(([code, times]) => `${times} × ${code}`).join(", ");
}
