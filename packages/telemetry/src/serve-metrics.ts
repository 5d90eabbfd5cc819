import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listenFailure } from "./listen-failure.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

type ServeMetricsOptions = {
  readonly metrics: Metrics;
  readonly readiness?: Readiness | undefined;
  readonly host?: string;
  readonly port: number;
};

export type MetricsServer = { readonly port: number; close(): Promise<void> };

/**
 * Serves GET /metrics to Prometheus, and GET /livez and /readyz to Kubernetes: the process responds; it has what it needs.
 * Port 0 takes a free one. Rejects when it cannot listen, naming the port.
 */
export async function serveMetrics({
  metrics,
  readiness,
  host = "127.0.0.1",
  port,
}: ServeMetricsOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer({ metrics, readiness }, request, response));
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

async function answer(
  { metrics, readiness }: Pick<ServeMetricsOptions, "metrics" | "readiness">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.method === "GET" ? request.url?.split("?", 1)[0] : undefined;
  const missing = readiness?.missing() ?? [];
  if (path === "/livez") return send(response, 200, "live");
  if (path === "/readyz" && missing.length === 0) return send(response, 200, "ready");
  if (path === "/readyz") return send(response, 503, `not ready: ${missing.join(", ")}`);
  if (path !== "/metrics") return send(response, 404, "there are GET /metrics, /livez and /readyz here");
  try {
    const text = await metrics.metrics();
    response.writeHead(200, { "content-type": metrics.contentType }).end(text);
  } catch (error) {
    // A gauge may read a system that is away; Prometheus shows the target as down, with this status.
    response.writeHead(500, { "content-type": "text/plain" }).end(`a metric failed: ${String(error)}\n`);
  }
}

function send(response: ServerResponse, status: number, line: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${line}\n`);
}
