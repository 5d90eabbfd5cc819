import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";

/** A proxy before the provider that blocks the charges of some orders, or the responses to them. */
export type PspBlocker = {
  readonly url: string;
  /** From now on requests about an order get no further than this; undefined: all of them pass. */
  shut(orderId: string, side: "before" | "after" | undefined): void;
  /** How many requests of an order have been stopped. */
  stopped(orderId: string): number;
  close(): void;
};

/** Opens a proxy before a provider's address. */
export async function openPspBlocker(provider: string): Promise<PspBlocker> {
  const shut = new Map<string, "before" | "after">();
  const stopped = new Map<string, number>();
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const { order_id = "" } = (body.length > 0 ? JSON.parse(body.toString()) : {}) as { order_id?: string };
      const side = shut.get(order_id);
      if (side) stopped.set(order_id, (stopped.get(order_id) ?? 0) + 1);
      if (side === "before") return;
      const answer = await fetch(`${provider}${request.url}`, {
        method: request.method!,
        headers: headersOf(request.headers),
        ...(body.length > 0 && { body }),
      });
      const text = await answer.text();
      if (side === "after") return;
      response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut: (orderId, side) => void (side ? shut.set(orderId, side) : shut.delete(orderId)),
    stopped: (orderId) => stopped.get(orderId) ?? 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function headersOf(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const passed = ["content-type", "idempotency-key"].flatMap((name) =>
    headers[name] === undefined ? [] : [[name, String(headers[name])]],
  );
  return Object.fromEntries(passed) as Record<string, string>;
}
