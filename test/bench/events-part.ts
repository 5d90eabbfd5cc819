import type { Bench } from "./bench.ts";
import { startChild, type Child } from "./child.ts";
import type { CoresUsed } from "./cpu.ts";
import { countRows } from "./databases.ts";
import { openKafka } from "./engines.ts";
import type { DeliveryNews, DeliveryQuestion } from "./events/main.ts";
import type { Quantiles } from "./load/quantiles.ts";
import { measureLoad } from "./measure-load.ts";
import { orderOnKafka, startService } from "./services.ts";

export type EventFigures = Quantiles & {
  readonly events: number;
  /** Orders a second while it was measured: half of what the service can do. */
  readonly perSecond: number;
  readonly cores: CoresUsed | undefined;
};

const measuredMs = 15_000;

/**
 * From an order's commit to its consumer's commit, over Kafka, at half of the peak rate. It is counted from the
 * event's ce_time, which is set just before the order's commit, so it is overstated by that commit.
 */
export async function measureEvents(bench: Bench, peakPerSecond: number | undefined): Promise<EventFigures> {
  const { server, sandbox, log } = bench;
  await using kafka = await openKafka(log);
  const databaseUrl = await server.createDatabase("till_bench_order");
  const consumerUrl = await server.createDatabase("till_bench_consumer");
  const env = { KAFKA_BROKERS: kafka.brokers };
  const profileFolder = bench.profileFolder("events");
  const service = await startService({
    name: "order-on-kafka",
    script: orderOnKafka,
    databaseUrl,
    sandbox,
    env,
    profileFolder,
  });
  const consumer = startChild({
    name: "event-consumer",
    profileFolder,
    script: "test/bench/events/main.ts",
    env: { ...env, DATABASE_URL: consumerUrl, TILL_BENCH_SINCE: `${Date.now()}` },
  });
  const processes = { consumer: consumer.pid, ...kafka.processes };
  const deliveries = followDeliveries(consumer);
  const load = (pace: { perSecond: number } | { inFlight: number }, ms: number) =>
    measureLoad(bench, {
      service,
      pace,
      times: { warmUpMs: 4_000, measuredMs: ms },
      profileFolder,
      processes,
    });

  // The first load also waits until the consumer is there.
  const first = await load(peakPerSecond ? { perSecond: peakPerSecond / 4 } : { inFlight: 64 }, 5_000);
  await deliveries.reach(first.answered);
  const perSecond = (peakPerSecond ?? first.perSecond) / 2;
  await server.checkpoint();
  const run = await load({ perSecond }, measuredMs);
  const answered = first.answered + run.answered;
  await deliveries.reach(answered);
  const figures = {
    ...(await deliveries.between(run.window.beganAt, run.window.endedAt)),
    perSecond: run.perSecond,
    cores: run.cores,
  };
  bench.report(`CreateOrder on Kafka at ${Math.round(perSecond)}/s`, run, run.cores);

  const applied = await countRows(consumerUrl, "inbox");
  bench.require(first.failed + run.failed === 0, `events: ${first.failed + run.failed} calls failed`);
  bench.require(applied === answered, `${answered} orders were placed, yet ${applied} order.created applied`);
  await consumer.stop();
  await service.child.stop();
  await server.dropDatabase("till_bench_order");
  await server.dropDatabase("till_bench_consumer");
  return figures;
}

function followDeliveries(consumer: Child) {
  let committed = 0;
  let onNews: (news: DeliveryNews) => void = () => {};
  consumer.process.on("message", (news: DeliveryNews) => {
    committed = news.committed ?? committed;
    onNews(news);
  });
  const when = <Value>(read: (news: DeliveryNews) => Value | undefined) =>
    Promise.race([
      consumer.failed,
      new Promise<Value>((resolve) => {
        onNews = (news) => {
          const value = read(news);
          if (value !== undefined) resolve(value);
        };
      }),
    ]);
  return {
    /** Resolves once so many events are committed. Rejects when no more come. */
    async reach(count: number): Promise<void> {
      const timer = new AbortController();
      const late = new Promise<never>((_, reject) => {
        const give = () =>
          reject(new Error(`of ${count} events only ${committed} have come within a minute`));
        const timeout = setTimeout(give, 60_000);
        timer.signal.addEventListener("abort", () => clearTimeout(timeout));
      });
      await Promise.race([late, when(({ committed: now = 0 }) => (now >= count ? now : undefined))]);
      timer.abort();
    },
    between(from: number, to: number) {
      consumer.process.send({ from, to } satisfies DeliveryQuestion);
      return when(({ answer }) => answer);
    },
  };
}
