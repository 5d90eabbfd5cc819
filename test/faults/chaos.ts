import { openTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { startCluster, type Cluster } from "../support/cluster.ts";
import { newUser } from "../support/fixtures.ts";
import { quantilesOf } from "../bench/load/quantiles.ts";
import { untilAgreed } from "../support/agreement.ts";
import { eventually } from "../support/eventually.ts";
import pMap from "p-map";
import { brokerAway, disturb, type Disturbance } from "./disturbances.ts";
import type { Alone, Scenario, Verdict } from "./scenario.ts";
import { playStories } from "./stories.ts";

const operationsPerSecond = 15;
const leastDone = 0.9995;
/** A payment that the provider never received is failed after two minutes. */
const agreementMs = 240_000;
const slowestDeliveryMs = 5_000;
const shiftMs = 10 * 60_000;

/** A system in a cluster, while everything happens to it that does in years. */
export const chaos: Scenario<Alone> = {
  name: "chaos",
  about: `${operationsPerSecond} operations a second for five minutes, while replicas, brokers and connections fail`,
  run: runChaos,
};

async function runChaos({ seconds = 300, log }: Alone): Promise<Verdict> {
  const databases: TcpProxy[] = [];
  const cluster = await startCluster({
    // A few buyers place all the orders.
    env: { TILL_MAX_UNPAID_ORDERS: "1000000" },
    clockShiftsMs: { order: [0, shiftMs], payment: [0, -shiftMs] },
    async databaseVia(address) {
      const proxy = await openTcpProxy(address);
      databases.push(proxy);
      return proxy.address;
    },
  });
  try {
    const events = await watchDeliveries(cluster);
    const over = new AbortController();
    const faults = disturb({ cluster, databases, signal: over.signal, log });
    const played = await playStories({ cluster, perSecond: operationsPerSecond, seconds });
    over.abort();
    const disturbances = await faults;
    const disagreements = await disagreementsOf(cluster, played.orderIds, events.hasFailed);
    const lost = await events.untilComplete(played.orderIds);
    const delivery = quantilesOf(Float64Array.from(events.delivered, deliveryMs(disturbances)));
    await events.close();

    const { done, failures } = played;
    const share = done / (done + failures.length);
    const problems: [boolean, string][] = [
      [share < leastDone, `operations failed: ${[...new Set(failures)].slice(0, 5).join("; ")}`],
      [
        delivery.p99Ms > slowestDeliveryMs,
        `events are delivered within ${delivery.p99Ms.toFixed(0)} ms (p99)`,
      ],
      [lost.length > 0, `${lost.length} orders were placed without an event`],
      [disagreements.length > 0, `${disagreements.length} orders disagree: ${disagreements[0]}`],
    ];
    return {
      figures: [
        `${disturbances.length} disturbances in ${seconds} s: ${countEach(disturbances.map(({ name }) => name))}`,
        `${done} of ${done + failures.length} operations done, ${(100 * share).toFixed(2)} %; ${played.orderIds.length} orders`,
        `${events.delivered.length} events delivered within ${delivery.p50Ms.toFixed(0)} ms (p50), ${delivery.p99Ms.toFixed(0)} ms (p99), ${delivery.maxMs.toFixed(0)} ms at most, counted from the return of a broker that was away`,
        `orders, payments and the provider agree on ${played.orderIds.length - disagreements.length} orders`,
      ],
      problems: problems.flatMap(([isSo, problem]) => (isSo ? [problem] : [])),
    };
  } finally {
    await cluster.stop();
    databases.forEach((proxy) => proxy.close());
  }
}

type Delivered = { readonly eventAt: number; readonly receivedAt: number };

/** How long an event took; one that waited for the only broker, from that one's return. */
function deliveryMs(disturbances: readonly Disturbance[]) {
  const outages = disturbances.filter(({ name }) => name === brokerAway);
  return ({ eventAt, receivedAt }: Delivered): number => {
    const outage = outages.find(({ from, to }) => eventAt <= to && receivedAt >= from);
    return Math.max(receivedAt - Math.max(eventAt, outage?.to ?? 0), 0);
  };
}

/** When each event reached its first consumer; an event that is published again counts once. */
async function watchDeliveries(cluster: Cluster) {
  const seen = new Set<string>();
  const created = new Set<string>();
  const failed = new Set<string>();
  const delivered: Delivered[] = [];
  const onRecord = ({ key, headers }: Awaited<ReturnType<Cluster["listen"]>>["records"][number]) => {
    const id = String(headers["ce_id"]);
    if (seen.has(id)) return;
    seen.add(id);
    if (headers["ce_type"] === "order.created") created.add(String(key));
    if (headers["ce_type"] === "payment.failed") failed.add(String(key));
    delivered.push({ eventAt: Date.parse(String(headers["ce_time"])), receivedAt: Date.now() });
  };
  const topics = await Promise.all(
    ["order.events", "payment.events"].map((topic) => cluster.listen(topic, onRecord)),
  );
  return {
    delivered,
    hasFailed: (orderId: string) => failed.has(orderId),
    /** Waits for the events of orders that were placed; returns those of which there are none. */
    async untilComplete(orderIds: readonly string[]): Promise<string[]> {
      const missing = () => orderIds.filter((id) => !created.has(id));
      await eventually(() => missing().length === 0, { timeoutMs: 60_000 }).catch(() => undefined);
      return missing();
    },
    close: () => Promise.all(topics.map((topic) => topic.close())),
  };
}

/** Waits until everyone agrees on each order's money; returns what is wrong with the others. */
async function disagreementsOf(
  cluster: Cluster,
  orderIds: readonly string[],
  hasFailed: (orderId: string) => boolean,
): Promise<string[]> {
  const operator = newUser();
  const parties = {
    orders: cluster.ordersAs(operator, "admin"),
    payments: cluster.paymentsAs(operator, "service"),
    ledger: (orderId: string) => cluster.ledger(orderId),
    hasFailed,
  };
  const outcomes = await pMap(
    orderIds,
    (id) =>
      untilAgreed(parties, id, {}, agreementMs).then(
        () => undefined,
        (error: unknown) => `${id}: ${(error as Error).message}`,
      ),
    { concurrency: 20 },
  );
  return outcomes.filter((outcome) => outcome !== undefined);
}

function countEach(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(", ");
}
