import type { Metrics } from "@till/telemetry";
import { Counter } from "prom-client";

/** How keys were answered; plain numbers, because a labelled counter costs more than the hit that it counts. */
export type Reads = {
  memory: number;
  store: number;
  source: number;
  unknown: number;
  failed: number;
  /** Values that could not be turned into text for the store, or back. */
  unusable: number;
};

/** The tallies of one lookup, shown as till_cache_reads_total whenever the metrics are read. */
export function countReads(lookup: string, metrics: Metrics | undefined): Reads {
  const reads: Reads = { memory: 0, store: 0, source: 0, unknown: 0, failed: 0, unusable: 0 };
  if (metrics !== undefined) talliesOf(metrics).push({ lookup, reads });
  return reads;
}

type Tally = { readonly lookup: string; readonly reads: Reads };

const tallies = new WeakMap<Metrics, Tally[]>();

/** Several lookups share one metric of a registry. */
function talliesOf(metrics: Metrics): Tally[] {
  const known = tallies.get(metrics);
  if (known !== undefined) return known;
  const fresh: Tally[] = [];
  tallies.set(metrics, fresh);
  new Counter({
    name: "till_cache_reads_total",
    help: "keys looked up, by where the answer came from",
    labelNames: ["lookup", "from"],
    registers: [metrics],
    collect() {
      this.reset();
      for (const { lookup, reads } of fresh) {
        for (const [from, count] of Object.entries(reads)) this.inc({ lookup, from }, count);
      }
    },
  });
  return fresh;
}
