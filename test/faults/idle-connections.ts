import { openConnections, overHttp2, secondsSince, untilClosed } from "./connections.ts";
import type { Target } from "./fault-system.ts";

type Attacker = { readonly localAddress: string; readonly count: number };

const largest: Attacker = { localAddress: "127.0.0.2", count: 5_000 };
const others = [3, 4, 5, 6].map((host): Attacker => ({ localAddress: `127.0.0.${host}`, count: 1_000 }));

/** One address opens 5,000 connections and sends nothing on them. */
export const idle = (gateway: Target) => holdIdle(gateway, [largest]);

/** The same, beside 1,000 connections each of four other addresses. */
export const idleOfMany = (gateway: Target) => holdIdle(gateway, [largest, ...others]);

async function holdIdle(gateway: Target, attackers: readonly Attacker[]): Promise<string> {
  const before = await rejectedOf(gateway);
  let last = 0;
  await Promise.all(
    attackers.map(async (attacker) => {
      const clients = await openConnections(gateway, { ...attacker, ...overHttp2(gateway) }, (socket) =>
        socket.resume(),
      );
      last = performance.now();
      await untilClosed(clients.closed, attacker.count);
      clients.close();
    }),
  );
  const count = attackers.reduce((sum, attacker) => sum + attacker.count, 0);
  const rejected = (await rejectedOf(gateway)) - before;
  return `of ${count} connections ${rejected} were over an address's limit; all closed ${secondsSince(last)} s after the last was opened`;
}

/** How many connections the gateway has closed at once, because their address had too many. */
async function rejectedOf({ metricsUrl }: Target): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  const rejected = /^gateway_connections_rejected_total\{.*limit="connections_per_address".*\} (\d+)$/m;
  return Number(rejected.exec(text)?.[1] ?? 0);
}
