import { Counter, type Registry } from "prom-client";

/** Receives the name of a limit that a client has met. */
export type OnLimit = (
  limit:
    | "connections"
    | "connections_per_address"
    | "resets_per_address"
    | "opening"
    | "request_time"
    | "unfinished_bytes"
    | "unread"
    | "calls_per_address"
    | "calls_per_caller"
    | "anonymous_streams"
    | "commands",
) => void;

/** Counts what a server has ended or rejected because of its limits. */
export function countLimits(metrics: Registry): OnLimit {
  const reached = new Counter({
    name: "grpc_server_limits_reached_total",
    help: "Connections, requests and streams that were ended or rejected, by the limit they met.",
    labelNames: ["limit"],
    registers: [metrics],
  });
  return (limit) => reached.inc({ limit });
}
