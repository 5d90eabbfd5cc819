import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listenFailure } from "./listen-failure.ts";
import type { Metrics } from "./metrics.ts";

type ServeMetricsOptions = { readonly metrics: Metrics; readonly host?: string; readonly port: number };

export type MetricsServer = { readonly port: number; close(): Promise<void> };

/** Serves GET /metrics to Prometheus; port 0 takes a free one. Rejects when it cannot listen, naming the port. */
export async function serveMetrics({
  metrics,
  host = "127.0.0.1",
  port,
}: ServeMetricsOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(metrics, request, response));
  server.listen({ host, port });
  await once(server, "listening").catch((cause: unknown) => {
    throw listenFailure("metrics", { host, port }, cause);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(metrics: Metrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" || request.url?.split("?", 1)[0] !== "/metrics") {
    response.writeHead(404, { "content-type": "text/plain" }).end("there is only GET /metrics here\n");
    return;
  }
  try {
    const text = await metrics.metrics();
    response.writeHead(200, { "content-type": metrics.contentType }).end(text);
  } catch (error) {
    // A gauge may read a system that is away; Prometheus shows the target as down, with this status.
    response.writeHead(500, { "content-type": "text/plain" }).end(`a metric failed: ${String(error)}\n`);
  }
}
