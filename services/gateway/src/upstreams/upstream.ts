import type { Transport } from "@connectrpc/connect";
import { callQueue, type CallQueue } from "@till/rpc/call-queue";
import type { GatewayTelemetry } from "../telemetry.ts";
import { queuedTransport } from "./queued-transport.ts";
import { upstreamTransport, type UpstreamTransportOptions } from "./upstream-transport.ts";

/** One service as the gateway calls it. */
export type Upstream = {
  /** For calls of clients, so many of which are under way at a time. */
  readonly transport: Transport;
  /** For the gateway's own calls, which do not wait for clients'. */
  readonly direct: Transport;
  /** The queue of clients' calls. */
  readonly calls: CallQueue;
  close(): void;
};

export type UpstreamName = UpstreamTransportOptions["name"];

type UpstreamOptions = UpstreamTransportOptions & {
  /** Calls that are under way at a time, and that wait for it. */
  readonly limits: { readonly calls: number; readonly queuedCalls: number };
  readonly telemetry: Pick<GatewayTelemetry, "overloaded" | "watchCalls">;
};

/**
 * A call takes a third of a millisecond of the event loop and no batch makes it less. With more of them a turn would be
 * longer, of which each accepts one connection alone: those of rejected requests would wait for it.
 */
const leastCalls = 16;

/** Opens a service, with a queue of its own: one that is slow takes no place of another's calls. */
export function openUpstream({ limits, telemetry, ...options }: UpstreamOptions): Upstream {
  const { name } = options;
  const direct = upstreamTransport(options);
  const calls = callQueue({
    running: limits.calls,
    least: leastCalls,
    queued: limits.queuedCalls,
    onRejected: () => telemetry.overloaded(name),
  });
  telemetry.watchCalls(name, calls.counts);
  return {
    direct,
    calls,
    transport: queuedTransport(direct, calls),
    close() {
      calls.close();
      direct.close();
    },
  };
}
