import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { residentMb } from "../bench/cpu.ts";
import type { Gateway, GatewaySystem } from "./gateway-system.ts";
import type { Verdict } from "./scenario.ts";

/**
 * What a gateway's memory may grow by under an attack (5,000 open TLS connections take 65 KB each), and under its
 * repetition: the allocator keeps what it has once had, but nothing adds up.
 */
const mostGrowthMb = { first: 350, again: 64 };
const betweenCallsMs = 100;
const calmMs = 15_000;

/** Attacks a gateway while a well-behaved client reads an order ten times a second; the memory must stay flat. The attack is repeated. */
export async function beside(
  gateway: Gateway,
  { token, orderId }: Pick<GatewaySystem, "token" | "orderId">,
  attack: () => Promise<string>,
): Promise<Verdict> {
  const pool = new Pool(gateway.url, { connections: 1, connect: { rejectUnauthorized: false } });
  const times: number[] = [];
  const failures: string[] = [];
  async function readOrder(): Promise<void> {
    const startedAt = performance.now();
    try {
      const headers = { authorization: `Bearer ${token}` };
      const { statusCode, body } = await pool.request({ method: "GET", path: `/orders/${orderId}`, headers });
      await body.dump();
      if (statusCode !== 200) failures.push(`${statusCode}`);
    } catch (error) {
      failures.push((error as Error).message);
    }
    times.push(performance.now() - startedAt);
  }
  // Code and caches are warm before the memory is looked at.
  for (let count = 0; count < 300; count += 1) await readOrder();
  times.length = 0;

  const before = memoryOf(gateway);
  let peak = before;
  const over = new AbortController();
  const others = (async () => {
    while (!over.signal.aborted) {
      await readOrder();
      peak = Math.max(peak, memoryOf(gateway));
      await delay(betweenCallsMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  const what = await attack();
  const first = peak;
  await attack();
  await delay(calmMs);
  const after = memoryOf(gateway);
  over.abort();
  await others;
  await pool.close();

  times.sort((one, other) => one - other);
  const p99 = times[Math.floor(times.length * 0.99)]!;
  const figures = [
    what,
    `memory ${before} MB before, ${first} at most; when repeated ${peak}; ${after} after both`,
    `others: ${times.length} calls, ${failures.length} failed, p99 ${p99.toFixed(0)} ms`,
  ];
  const problems = [
    ...(failures.length > 0 ? [`calls of others failed: ${failures.slice(0, 3).join(", ")}`] : []),
    ...(first - before > mostGrowthMb.first ? [`the memory grew by ${first - before} MB`] : []),
    ...(peak - first > mostGrowthMb.again ? [`it grew by ${peak - first} MB more when repeated`] : []),
  ];
  return { figures, problems };
}

function memoryOf({ pid }: Gateway): number {
  return residentMb(pid) ?? 0;
}
