import { kafkaBus } from "@till/events/bus";
import { runUntilSignal } from "@till/rpc/server";
import { createLog } from "@till/telemetry";
import { quantilesOf, type Quantiles } from "../load/quantiles.ts";
import { consumeOrderEvents } from "./consume.ts";

/** The bench's request to the consumer's process: the delivery times of the orders created in a window of time. */
export type DeliveryQuestion = { readonly from: number; readonly to: number };

/** What the consumer tells: now and then how many events it has committed, and the answer. */
export type DeliveryNews = {
  readonly committed?: number;
  readonly answer?: Quantiles & { readonly events: number };
};

const mostEvents = 4_000_000;

await runUntilSignal("event-consumer", async () => {
  const { DATABASE_URL = "", KAFKA_BROKERS = "", TILL_BENCH_SINCE } = process.env;
  const log = createLog({ service: "event-consumer" });
  const bus = await kafkaBus({ brokers: KAFKA_BROKERS.split(","), clientId: "till-bench", log });
  const since = Number(TILL_BENCH_SINCE);
  const placedAt = new Float64Array(mostEvents);
  const tookMs = new Float64Array(mostEvents);
  let committed = 0;
  const consumer = await consumeOrderEvents({
    databaseUrl: DATABASE_URL,
    bus,
    group: `till-bench-${since}`,
    type: "order.created",
    since,
    log,
    onCommitted({ time }) {
      placedAt[committed] = time.getTime();
      tookMs[committed] = Date.now() - time.getTime();
      committed += 1;
    },
  });
  const tell = (news: DeliveryNews) => process.send?.(news);
  const telling = setInterval(() => tell({ committed }), 100);
  process.on("message", ({ from, to }: DeliveryQuestion) => {
    const inWindow = tookMs.subarray(0, committed).filter((_, index) => {
      return placedAt[index]! >= from && placedAt[index]! < to;
    });
    tell({ answer: { events: inWindow.length, ...quantilesOf(inWindow) } });
  });
  return async () => {
    clearInterval(telling);
    await consumer.close();
    await bus.close();
  };
});
