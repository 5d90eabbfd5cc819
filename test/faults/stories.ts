import { createTill, TillError, type Till } from "@till/client";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../support/cluster.ts";
import { newCourse, newUser } from "../support/fixtures.ts";

type Stories = { readonly cluster: Cluster; readonly perSecond: number; readonly seconds: number };

export type Played = {
  readonly orderIds: readonly string[];
  readonly done: number;
  /** Of operations that a client with its ordinary retries did not get through. */
  readonly failures: readonly Failure[];
};

/** An operation that failed, with its time in epoch milliseconds. */
type Failure = { readonly what: string; readonly from: number; readonly to: number };

const operationsOfStory = 3;
/** Of orders that their buyers leave unpaid. */
const abandonedShare = 0.2;
/** A call that ends with another code was responded to: it is done. */
const unanswered = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "RESOURCE_EXHAUSTED"];

/** Buyers who order, pay or do not, and read or cancel their order, so many calls a second, through the client library. */
export async function playStories({ cluster, perSecond, seconds }: Stories): Promise<Played> {
  const addressOf = (replicas: Cluster["orders"]) => replicas.map(({ address }) => address).join(",");
  const addresses = {
    orderAddress: addressOf(cluster.orders),
    paymentAddress: addressOf(cluster.payments),
  };
  // A few users: their clients share connections, as a shop's do.
  const tills = await Promise.all(
    Array.from({ length: 40 }, async () =>
      createTill({ ...addresses, token: await cluster.token(newUser()) }),
    ),
  );
  const orderIds: string[] = [];
  const failures: Failure[] = [];
  let done = 0;

  async function attempt<Result>(name: string, call: () => Promise<Result>): Promise<Result | undefined> {
    const from = Date.now();
    try {
      const result = await call();
      done += 1;
      return result;
    } catch (error) {
      if (!(error instanceof TillError)) throw error;
      if (unanswered.includes(error.code))
        failures.push({
          what: `${name}: ${error.code} ${error.reason}`,
          from,
          to: Date.now(),
        });
      else done += 1;
      return undefined;
    }
  }

  async function play({ orders, payments }: Till): Promise<void> {
    const order = await attempt("create", () => orders.create({ items: [{ courseId: newCourse() }] }));
    if (!order) return;
    orderIds.push(order.id);
    const { id: orderId, total: amount } = order;
    if (Math.random() < abandonedShare) {
      for (let reads = 1; reads < operationsOfStory; reads += 1)
        await attempt("get", () => orders.get(orderId));
      return;
    }
    await attempt("pay", () => payments.process({ orderId, amount, paymentToken: "tok_approve" }));
    if (Math.random() < 0.5) await attempt("get", () => orders.get(orderId));
    else await attempt("cancel", () => orders.cancel(orderId, { reason: "too late" }));
  }

  const playing: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let story = 0; story < (perSecond / operationsOfStory) * seconds; story += 1) {
    const dueMs = startedAt + (story * operationsOfStory * 1000) / perSecond - performance.now();
    if (dueMs > 0) await delay(dueMs);
    playing.push(play(tills[story % tills.length]!));
  }
  await Promise.all(playing);
  tills.forEach((till) => till.close());
  return { orderIds, done, failures };
}
