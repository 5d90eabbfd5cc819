import { openTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { startCluster, type Cluster } from "../support/cluster.ts";
import { newUser } from "../support/fixtures.ts";
import { quantilesOf } from "../bench/load/quantiles.ts";
import { untilAgreed } from "../support/agreement.ts";
import pMap from "p-map";
import { setTimeout as delay } from "node:timers/promises";
import { watchDeliveries, type Delivered } from "./deliveries.ts";
import { brokerAway, disturb, disturbanceAt, type Disturbance } from "./disturbances.ts";
import { noteExpiries } from "./expiries.ts";
import { watchProcessorWait } from "./processor-wait.ts";
import type { Alone, Scenario, Verdict } from "./scenario.ts";
import { playStories } from "./stories.ts";

const operationsPerSecond = 15;
const leastDone = 0.9995;
/** A payment that the provider never received is failed after two minutes. */
const agreementMs = 240_000;
const slowestDeliveryMs = 5_000;
const shiftMs = 10 * 60_000;
const expirySeconds = 20;
/** How much earlier or later than due an order may expire. */
const mostDeviationMs = 1_000;

/** A system in a cluster, while everything happens to it that does in years. */
export const chaos: Scenario<Alone> = {
  name: "chaos",
  about: `${operationsPerSecond} operations a second for five minutes, while replicas, brokers and connections fail`,
  run: runChaos,
};

async function runChaos({ seconds = 300, log }: Alone): Promise<Verdict> {
  const databases: TcpProxy[] = [];
  const cluster = await startCluster({
    // A few buyers place all the orders, and leave some of them unpaid until they expire.
    env: { TILL_MAX_UNPAID_ORDERS: "1000000", TILL_ORDER_EXPIRY_SECONDS: `${expirySeconds}` },
    clockShiftsMs: { order: [0, shiftMs], payment: [0, -shiftMs] },
    async databaseVia(address) {
      const proxy = await openTcpProxy(address);
      databases.push(proxy);
      return proxy.address;
    },
  });
  try {
    const events = await watchDeliveries(cluster);
    const noted = await noteExpiries(cluster);
    const over = new AbortController();
    const processorWait = await watchProcessorWait();
    const faults = disturb({ cluster, databases, signal: over.signal, log });
    const played = await playStories({ cluster, perSecond: operationsPerSecond, seconds });
    over.abort();
    const disturbances = await faults;
    const waited = await processorWait();
    log("the disturbances are over; waiting until everyone agrees");
    const disagreements = await disagreementsOf(cluster, played.orderIds, events.hasFailed);
    const lost = await events.untilComplete(played.orderIds);
    await delay(1_000 * expirySeconds + 2 * mostDeviationMs);
    const { expiries, overdue } = await noted.read(mostDeviationMs);
    await noted.close();
    await events.close();

    const took = deliveryMs(disturbances);
    const delivery = quantilesOf(Float64Array.from(events.delivered, took));
    const latest = events.delivered.toSorted((one, other) => took(other) - took(one)).slice(0, 10);
    const { done, failures } = played;
    const share = done / (done + failures.length);
    const wrongExpiries = expiries.filter(({ lateMs }) => Math.abs(lateMs) > mostDeviationMs);
    const lateness = quantilesOf(Float64Array.from(expiries, ({ lateMs }) => lateMs));
    const earliest = Math.min(...expiries.map(({ lateMs }) => lateMs));
    const when = ({ from, to }: Omit<Disturbance, "name">) => disturbanceAt(disturbances, from, to);
    const problems: [boolean, string][] = [
      [share < leastDone, `${failures.length} operations failed`],
      [
        delivery.p99Ms > slowestDeliveryMs,
        `events are delivered within ${delivery.p99Ms.toFixed(0)} ms (p99)`,
      ],
      [lost.length > 0, `${lost.length} orders were placed without an event`],
      [
        events.outOfOrder.length > 0,
        `${events.outOfOrder.length} events came out of order: ${events.outOfOrder[0]}`,
      ],
      [
        wrongExpiries.length > 0,
        `${wrongExpiries.length} orders expired more than ${mostDeviationMs} ms early or late`,
      ],
      [overdue.length > 0, `${overdue.length} orders are overdue: ${overdue[0]}`],
      [expiries.length === 0, "no order expired"],
      [disagreements.length > 0, `${disagreements.length} orders disagree: ${disagreements[0]}`],
    ];
    return {
      figures: [
        `${disturbances.length} disturbances in ${seconds} s: ${countEach(disturbances.map(({ name }) => name)).join(", ")}; ${waited}`,
        `${done} of ${done + failures.length} operations done, ${(100 * share).toFixed(2)} %; ${played.orderIds.length} orders`,
        ...countEach(failures.map((failure) => `${failure.what} ${when(failure)}`)).map(
          (line) => `  ${line}`,
        ),
        `${events.delivered.length} events delivered within ${delivery.p50Ms.toFixed(0)} ms (p50), ${delivery.p99Ms.toFixed(0)} ms (p99), ${delivery.maxMs.toFixed(0)} ms at most, counted from the return of a broker that was away`,
        ...latest.map(
          (event) =>
            `  ${took(event).toFixed(0)} ms ${event.type} ${when({ from: event.eventAt, to: event.receivedAt })}`,
        ),
        `${expiries.length} orders expired ${earliest.toFixed(0)} to ${lateness.maxMs.toFixed(0)} ms after they were due, ${lateness.p99Ms.toFixed(0)} ms (p99)`,
        ...wrongExpiries.map(
          ({ lateMs, at }) => `  ${lateMs.toFixed(0)} ms ${when({ from: at - Math.max(lateMs, 0), to: at })}`,
        ),
        `orders, payments and the provider agree on ${played.orderIds.length - disagreements.length} orders`,
      ],
      problems: problems.flatMap(([isSo, problem]) => (isSo ? [problem] : [])),
    };
  } finally {
    await cluster.stop();
    databases.forEach((proxy) => proxy.close());
  }
}

/** How long an event took; one that waited for the only broker, from that one's return. */
function deliveryMs(disturbances: readonly Disturbance[]) {
  const outages = disturbances.filter(({ name }) => name === brokerAway);
  return ({ eventAt, receivedAt }: Delivered): number => {
    const outage = outages.find(({ from, to }) => eventAt <= to && receivedAt >= from);
    return Math.max(receivedAt - Math.max(eventAt, outage?.to ?? 0), 0);
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

function countEach(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`);
}
