import type { Bus, EventRecord } from "../../src/bus.ts";

export type GatedBus = Bus & {
  /** Everything acknowledged, in order. */
  readonly published: EventRecord[];
  /** What the next publishes meet: nothing, a failure, or a wait. */
  gate: () => Promise<void>;
};

/** A broker at the edge of a relay's world, which a test can make fail or wait. */
export function gatedBus(): GatedBus {
  const published: EventRecord[] = [];
  return {
    published,
    gate: () => Promise.resolve(),
    async publish(records) {
      await this.gate();
      published.push(...records);
    },
    subscribe: () => Promise.reject(new Error("nobody listens here")),
    close: () => Promise.resolve(),
  };
}
