import { callBuckets, type Log, type Metrics } from "@till/telemetry";
import type { ConnectionLimit } from "@till/rpc/connections";
import { Counter, Gauge, Histogram } from "prom-client";

/** The metrics and log lines of the gateway. */
export type GatewayTelemetry = ReturnType<typeof gatewayTelemetry>;

/** One request, when its response has been sent or its client has gone. */
type FinishedRequest = {
  readonly method: string;
  /** The route's pattern: no id is a label. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  readonly requestId: string;
};

/** Opens the metrics and log lines of the gateway. */
export function gatewayTelemetry({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }) {
  const duration = new Histogram({
    name: "http_server_request_seconds",
    help: "Time from a request's arrival to the end of its response, by method, route and HTTP status.",
    labelNames: ["method", "route", "status"],
    buckets: callBuckets,
    registers: [metrics],
  });
  const limited = new Counter({
    name: "gateway_rate_limited_total",
    help: "Requests rejected with RATE_LIMITED by the gateway, by what was over its limit: caller or address.",
    labelNames: ["by"],
    registers: [metrics],
  });
  const connectionsRejected = new Counter({
    name: "gateway_connections_rejected_total",
    help: "Connections that were closed because of a limit: connections, connections_per_address or opening.",
    labelNames: ["limit"],
    registers: [metrics],
  });
  return {
    requestFinished({ method, route, status, seconds, requestId }: FinishedRequest): void {
      duration.observe({ method, route, status }, seconds);
      const level = status >= 500 ? "warn" : status >= 400 ? "info" : "debug";
      if (!log.isLevelEnabled(level)) return;
      const ms = Math.round(seconds * 1e5) / 100;
      log[level]({ method, route, status, request_id: requestId, ms }, "http request");
    },
    requestFailed(error: unknown, requestId: string): void {
      log.error({ err: error, request_id: requestId }, "http request failed unexpectedly");
    },
    rateLimited(by: "caller" | "address"): void {
      limited.inc({ by });
    },
    connectionRejected(limit: ConnectionLimit): void {
      connectionsRejected.inc({ limit });
    },
    /** Shows the number of open connections whenever the metrics are read. */
    watchConnections(count: () => number): void {
      new Gauge({
        name: "gateway_open_connections",
        help: "Connections of clients that are open.",
        registers: [metrics],
        collect() {
          this.set(count());
        },
      });
    },
  };
}
