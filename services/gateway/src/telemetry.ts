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

/** How often a log line reports the requests that were rejected unread. */
const unreadEveryMs = 1_000;

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
  const overloaded = new Counter({
    name: "gateway_overloaded_total",
    help: "Calls rejected with OVERLOADED by the gateway, by the service they were for: order, payment or webhook.",
    labelNames: ["upstream"],
    registers: [metrics],
  });
  const countsOfCalls = new Map<string, () => Readonly<Record<string, number>>>();
  new Gauge({
    name: "gateway_calls",
    help: "Unary calls of clients that are under way (running), and that wait for it (queued), by service.",
    labelNames: ["upstream", "state"],
    registers: [metrics],
    collect() {
      for (const [upstream, counts] of countsOfCalls)
        for (const [state, count] of Object.entries(counts())) this.set({ upstream, state }, count);
    },
  });
  const connectionsRejected = new Counter({
    name: "gateway_connections_rejected_total",
    help: "Connections that were closed because of a limit: connections, connections_per_address or opening.",
    labelNames: ["limit"],
    registers: [metrics],
  });
  let unread = 0;
  function reportUnread(): void {
    log.info({ requests: unread }, "http requests rejected unread");
    unread = 0;
  }
  return {
    requestFinished({ method, route, status, seconds, requestId }: FinishedRequest): void {
      duration.observe({ method, route, status }, seconds);
      const level = status >= 500 ? "warn" : status >= 400 ? "info" : "debug";
      if (!log.isLevelEnabled(level)) return;
      const ms = Math.round(seconds * 1e5) / 100;
      log[level]({ method, route, status, request_id: requestId, ms }, "http request");
    },
    /** Reports a request that was rejected by its headers alone: a log line each would cost more than rejecting it does. */
    requestRejectedUnread(labels: Pick<FinishedRequest, "method" | "route" | "status">): void {
      duration.observe(labels, 0);
      if (unread === 0) setTimeout(reportUnread, unreadEveryMs).unref();
      unread += 1;
    },
    requestFailed(error: unknown, requestId: string): void {
      log.error({ err: error, request_id: requestId }, "http request failed unexpectedly");
    },
    rateLimited(by: "caller" | "address"): void {
      limited.inc({ by });
    },
    overloaded(upstream: string): void {
      overloaded.inc({ upstream });
    },
    /** Shows the calls to a service whenever the metrics are read. */
    watchCalls(upstream: string, counts: () => Readonly<Record<string, number>>): void {
      countsOfCalls.set(upstream, counts);
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
