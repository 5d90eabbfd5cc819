import type { Bus, EventRecord } from "../../src/bus.ts";

export type GatedBus = Bus & {
  /** Everything acknowledged, in order. */
  readonly published: EventRecord[];
  /** Runs before each publish; may fail it or make it wait. */
  beforePublish: () => Promise<void>;
};

/** The bus of a relay under test: a test can make its publishes fail or wait. */
export function gatedBus(): GatedBus {
  const published: EventRecord[] = [];
  return {
    published,
    beforePublish: () => Promise.resolve(),
    async publish(records) {
      await this.beforePublish();
      published.push(...records);
    },
    subscribe: () => Promise.reject(new Error("this bus has no subscribers")),
    lag: () => Promise.reject(new Error("this bus has no consumers")),
    close: () => Promise.resolve(),
  };
}
