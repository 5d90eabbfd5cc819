import type { Bench } from "./bench.ts";
import type { CoresUsed } from "./cpu.ts";
import { countRows } from "./databases.ts";
import { openKafka } from "./engines.ts";
import type { LoopResult } from "./load/closed-loop.ts";
import type { PayOrder } from "./pay/main.ts";
import { runLoad } from "./run-load.ts";
import { orderOnKafka, paymentService, startService } from "./services.ts";

/** The provider responds in 50 ms; what a payment takes beyond that is Till's own. */
const providerMs = 50;

export type PayFigures = {
  readonly providerMs: number;
  /** At 8 in flight: what ProcessPayment takes beyond the provider's time. */
  readonly overhead: PayRun;
  readonly inFlight256: PayRun;
};

type PayRun = LoopResult & { readonly cores: CoresUsed | undefined };

/** ProcessPayment against a provider that responds in 50 ms: its own overhead, and how many a second. */
export async function measurePay(bench: Bench): Promise<PayFigures> {
  const { server, sandbox, times, log } = bench;
  await using kafka = await openKafka(log);
  const profileFolder = bench.profileFolder("pay");
  const env = { KAFKA_BROKERS: kafka.brokers };
  const shared = { sandbox, profileFolder };
  const databases = ["till_bench_order", "till_bench_payment"] as const;
  const [orderUrl, paymentUrl] = await Promise.all(databases.map((name) => server.createDatabase(name)));
  const order = await startService({
    ...{ ...shared, name: "order", script: orderOnKafka, databaseUrl: orderUrl!, env },
  });
  const payment = await startService({
    ...{ ...shared, name: "payment", script: paymentService, databaseUrl: paymentUrl! },
    env: { ...env, TILL_ORDER_ADDRESS: `127.0.0.1:${order.port}`, TILL_PSP_URL: `${sandbox.httpUrl}/psp/v1` },
  });

  async function payWith(inFlight: number): Promise<PayRun> {
    const token = await sandbox.token();
    const pay: PayOrder = { orderPort: order.port, paymentPort: payment.port, token, inFlight, ...times };
    const { result, window } = await runLoad<LoopResult, "order" | "payment">({
      ...{ name: "client", script: "test/bench/pay/main.ts", argument: pay, profileFolder },
      ...{ services: { order, payment }, sandbox, processes: kafka.processes },
      postmaster: server.postmaster,
    });
    bench.report(`ProcessPayment, ${inFlight} in flight`, result, window.cores);
    return { ...result, cores: window.cores };
  }

  // The large load first: it compiles what the small one would take minutes to.
  const inFlight256 = await payWith(256);
  const alone = await payWith(8);
  const charged = await countRows(paymentUrl!, "payment WHERE status = 'PROCESSED'");
  const all = await countRows(paymentUrl!, "payment");
  bench.require(charged === all, `${all} payments were made, yet ${charged} are PROCESSED`);
  for (const one of [payment.child, order.child]) await one.stop();
  for (const name of databases) await server.dropDatabase(name);
  return { providerMs, overhead: less(alone, providerMs), inFlight256 };
}

function less(result: PayRun, ms: number): PayRun {
  const { p50Ms, p95Ms, p99Ms, maxMs } = result;
  return { ...result, p50Ms: p50Ms - ms, p95Ms: p95Ms - ms, p99Ms: p99Ms - ms, maxMs: maxMs - ms };
}
