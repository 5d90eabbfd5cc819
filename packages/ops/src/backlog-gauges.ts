import { countBacklog } from "@till/events/operate";
import { Gauge, type Registry } from "prom-client";
import type { LagSources } from "./get-lag.ts";

type BacklogGaugesOptions = LagSources & { readonly metrics: Registry; readonly maxAgeMs?: number };

/**
 * Registers what waits for operators and how far behind the consumers are. Read when it is scraped, four times a minute at
 * most; while that fails, the gauges keep the last values.
 */
export function registerBacklogGauges(options: BacklogGaugesOptions): void {
  const { db, bus, group, topics, metrics, log, maxAgeMs = 15_000 } = options;
  const gauge = (name: string, help: string, labelNames: string[] = []) => {
    const everywhere = `${help} Every replica reports the same: take the maximum.`;
    // The registry reads its metrics side by side: each of them waits for the same read.
    return new Gauge({ name, help: everywhere, labelNames, registers: [metrics], collect: readOnce });
  };
  const outbox = gauge("outbox_events", "Events that wait to be published.");
  const parked = gauge("parked_events", "Events that wait for an earlier one.");
  const deadLetters = gauge("dead_letters", "Events that could not be applied and were not discarded.");
  const lag = gauge("consumer_lag_events", "Events on a topic that the group has not handled.", [
    "group",
    "topic",
  ]);

  let readAt = -Infinity;
  let reading: Promise<void> | undefined;

  function readOnce(): Promise<void> {
    return (reading ??= read().finally(() => (reading = undefined)));
  }

  async function read(): Promise<void> {
    if (performance.now() - readAt < maxAgeMs) return;
    readAt = performance.now();
    const [backlog, behind] = await Promise.allSettled([countBacklog(db), bus.lag(group, topics)]);
    if (backlog.status === "fulfilled") {
      outbox.set(Number(backlog.value.outboxRows));
      parked.set(Number(backlog.value.parkedEvents));
      deadLetters.set(Number(backlog.value.deadLetters));
    }
    if (behind.status === "fulfilled")
      for (const [topic, events] of behind.value) lag.set({ group, topic }, events);
    for (const result of [backlog, behind])
      if (result.status === "rejected") log.warn({ err: result.reason as unknown }, "a backlog was not read");
  }
}
