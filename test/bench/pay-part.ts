import type { Bench } from "./bench.ts";
import { startChild } from "./child.ts";
import { countRows } from "./databases.ts";
import { openKafka } from "./engines.ts";
import type { PayOrder, PayResult } from "./pay/main.ts";
import { orderOnKafka, paymentService, startService } from "./services.ts";

/** The provider responds in 50 ms; what a payment takes beyond that is Till's own. */
const providerMs = 50;

export type PayFigures = {
  readonly providerMs: number;
  /** At 8 in flight: what ProcessPayment takes beyond the provider's time. */
  readonly overhead: PayResult;
  readonly inFlight256: PayResult;
};

/** ProcessPayment against a provider that responds in 50 ms: its own overhead, and how many a second. */
export async function measurePay(bench: Bench): Promise<PayFigures> {
  const { server, sandbox, times, log } = bench;
  await using kafka = await openKafka(log);
  const env = { KAFKA_BROKERS: kafka.brokers };
  const databases = ["till_bench_order", "till_bench_payment"] as const;
  const [orderUrl, paymentUrl] = await Promise.all(databases.map((name) => server.createDatabase(name)));
  const order = await startService({
    name: "order",
    script: orderOnKafka,
    databaseUrl: orderUrl!,
    sandbox,
    env,
  });
  const payment = await startService({
    name: "payment",
    script: paymentService,
    databaseUrl: paymentUrl!,
    sandbox,
    env: { ...env, TILL_ORDER_ADDRESS: `127.0.0.1:${order.port}`, TILL_PSP_URL: `${sandbox.httpUrl}/psp/v1` },
  });

  async function payWith(inFlight: number): Promise<PayResult> {
    const token = await sandbox.token();
    const pay: PayOrder = { orderPort: order.port, paymentPort: payment.port, token, inFlight, ...times };
    const child = startChild({ name: "pay", script: "test/bench/pay/main.ts", args: [JSON.stringify(pay)] });
    const answer = new Promise<PayResult>((resolve) => {
      child.process.on("message", ({ result }: { result: PayResult }) => resolve(result));
    });
    const result = await Promise.race([answer, child.failed, order.child.failed, payment.child.failed]);
    await child.stop();
    bench.report(`ProcessPayment, ${inFlight} in flight`, result, undefined);
    return result;
  }

  const alone = await payWith(8);
  const inFlight256 = await payWith(256);
  const charged = await countRows(paymentUrl!, "payment WHERE status = 'PROCESSED'");
  const all = await countRows(paymentUrl!, "payment");
  bench.require(charged === all, `${all} payments were made, yet ${charged} are PROCESSED`);
  for (const one of [payment.child, order.child]) await one.stop();
  for (const name of databases) await server.dropDatabase(name);
  return { providerMs, overhead: less(alone, providerMs), inFlight256 };
}

function less(result: PayResult, ms: number): PayResult {
  const { p50Ms, p95Ms, p99Ms, maxMs } = result;
  return { ...result, p50Ms: p50Ms - ms, p95Ms: p95Ms - ms, p99Ms: p99Ms - ms, maxMs: maxMs - ms };
}
