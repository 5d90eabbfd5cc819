import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { startChild } from "./child.ts";
import { watchCpu, type CoresUsed } from "./cpu.ts";
import { countRows } from "./databases.ts";
import { openKafka } from "./engines.ts";
import type { LifeOrder, LifeResult } from "./life/main.ts";
import { orderOnKafka, paymentService, startService } from "./services.ts";

export type LifeFigures = LifeResult & { readonly atOnce: number; readonly cores: CoresUsed | undefined };

type LifeMessage = { readonly window?: "begins" | "ends"; readonly result?: LifeResult };

const atOnce = 64;

/** Whole lives a second on Kafka: CreateOrder, ProcessPayment, order.confirmed committed by its consumer. */
export async function measureLife(bench: Bench): Promise<LifeFigures | undefined> {
  const { server, sandbox, times, log } = bench;
  if (!existsSync(join(import.meta.dirname, "../../services/payment/src/start.ts"))) {
    log("there is no payment service yet, so whole lives are left out");
    return undefined;
  }
  await using kafka = await openKafka(log);
  const env = { KAFKA_BROKERS: kafka.brokers };
  const databases = ["till_bench_order", "till_bench_payment", "till_bench_consumer"] as const;
  const [orderUrl, paymentUrl, consumerUrl] = await Promise.all(
    databases.map((name) => server.createDatabase(name)),
  );
  const order = await startService({
    name: "order-on-kafka",
    script: orderOnKafka,
    databaseUrl: orderUrl!,
    sandbox,
    env,
  });
  const payment = await startService({
    name: "payment-on-kafka",
    script: paymentService,
    databaseUrl: paymentUrl!,
    sandbox,
    env: { ...env, TILL_ORDER_ADDRESS: `127.0.0.1:${order.port}`, TILL_PSP_URL: `${sandbox.httpUrl}/psp/v1` },
  });
  await server.checkpoint();
  const life: LifeOrder = {
    orderPort: order.port,
    paymentPort: payment.port,
    token: await sandbox.token(),
    brokers: kafka.brokers,
    databaseUrl: consumerUrl!,
    atOnce,
    ...times,
  };
  const child = startChild({ name: "life", script: "test/bench/life/main.ts", args: [JSON.stringify(life)] });
  const processes = {
    order: order.child.pid,
    payment: payment.child.pid,
    life: child.pid,
    sandbox: sandbox.child.pid,
    ...kafka.processes,
  };
  let stopWatching: (() => CoresUsed | undefined) | undefined;
  let cores: CoresUsed | undefined;
  const answer = new Promise<LifeResult>((resolve) => {
    child.process.on("message", ({ window, result }: LifeMessage) => {
      if (window === "begins") stopWatching = watchCpu({ processes, postmaster: server.postmaster });
      if (window === "ends") cores = stopWatching?.();
      if (result) resolve(result);
    });
  });
  const result = await Promise.race([answer, child.failed, order.child.failed, payment.child.failed]);
  bench.report(`whole lives, ${atOnce} at once`, result, cores);
  const paid = await countRows(orderUrl!, "orders WHERE status = 'PAID'");
  bench.require(paid === result.paid, `${result.paid} orders were confirmed, yet ${paid} are PAID`);
  for (const one of [child, payment.child, order.child]) await one.stop();
  for (const name of databases) await server.dropDatabase(name);
  return { ...result, atOnce, cores };
}
