import type { Readiness } from "@till/telemetry";
import { Gauge, type Registry } from "prom-client";
import { callQueue, type CallQueue } from "./call-queue.ts";
import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";

type Options = {
  readonly limits: Pick<Limits, "commands" | "queuedCommands" | "stuckCommandsMs">;
  readonly readiness?: Readiness | undefined;
  readonly onLimit: OnLimit;
  readonly metrics: Registry;
};

/** They make batches that cost little more than larger ones. */
const leastCommands = 64;

/** Opens the queue of one server's commands, and shows it. The server is not ready while commands wait and none ends. */
export function commandQueue({ limits, readiness, onLimit, metrics }: Options): CallQueue {
  const commands = callQueue({
    running: limits.commands,
    least: leastCommands,
    queued: limits.queuedCommands,
    progress: {
      withinMs: limits.stuckCommandsMs,
      report: (isMade) => readiness?.set("commands", isMade),
    },
    onRejected: () => onLimit("commands"),
  });
  new Gauge({
    name: "grpc_server_commands",
    help: "Commands that are carried out (running), and that wait for it (queued).",
    labelNames: ["state"],
    registers: [metrics],
    collect() {
      for (const [state, count] of Object.entries(commands.counts())) this.set({ state }, count);
    },
  });
  return commands;
}
