import { openRates, ratePrefixes, type RateStore } from "@till/rpc/rates";
import type { Log, Metrics } from "@till/telemetry";
import { LRUCache } from "lru-cache";
import type { Caller } from "@till/rpc/server";
import type { ChargeDependencies } from "./charge-dependencies.ts";

const many = 20;
const withinSeconds = 60 * 60;
const users = 100_000;

type Options = { readonly store: RateStore; readonly log: Log; readonly metrics: Metrics };

/**
 * Counts them in this process, those that are rejected in the rate store as well: once they are many there, they are many
 * here. What is written has a bound, not an exact number; services' payments are not counted.
 */
export function unadmittedPayments({ store, ...telemetry }: Options): OpenUnadmittedPayments {
  const counts = new LRUCache<string, number>({ max: users, ttl: withinSeconds * 1_000, noUpdateTTL: true });
  const rates = openRates({
    ...{ ...store, ...telemetry, prefix: ratePrefixes.calls },
    rates: { "rejected-payments": { most: many, seconds: withinSeconds } },
  });
  const countOf = ({ id }: Caller) => counts.get(id) ?? 0;
  const change = (payer: Caller, by: number) =>
    payer.role === "user" && counts.set(payer.id, Math.max(0, countOf(payer) + by));
  return {
    count: (payer) => void change(payer, 1),
    release: (payer) => void change(payer, -1),
    rejected(payer) {
      if (payer.role !== "user") return;
      void rates.count("rejected-payments", payer.id).then((waitMs) => {
        if (waitMs > 0) counts.set(payer.id, Math.max(many, countOf(payer)));
      });
    },
    areMany: (payer) => payer.role === "user" && countOf(payer) >= many,
    close: () => rates.close(),
  };
}

type OpenUnadmittedPayments = ChargeDependencies["unadmitted"] & { close(): Promise<void> };
