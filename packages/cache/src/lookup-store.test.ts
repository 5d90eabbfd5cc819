import { createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { course, lookupOf } from "../test/course-lookup.ts";
import { createLookup } from "./lookup.ts";
import { memoryStore } from "./memory-store.ts";
import type { CacheStore } from "./store.ts";

describe("a lookup with a store", () => {
  it("stores with lives that differ by up to ten per cent, so that they do not end together", async () => {
    const { store, ttls } = recordingStore();
    const { lookup } = lookupOf({ store, storeMs: 60_000 });
    await lookup.getMany(Array.from({ length: 200 }, (_, at) => `c${at}`));
    expect(ttls).to.have.length(200);
    expect(Math.min(...ttls)).to.be.within(54_000, 60_000);
    expect(Math.max(...ttls)).to.be.within(60_000, 66_000);
    expect(new Set(ttls).size).to.be.greaterThan(100);
  });

  it("goes to the source for a stored value that it cannot read, and returns it though it cannot write", async () => {
    const store = memoryStore();
    await store.setMany([{ key: "courses:c1", value: "{not json", ttlMs: 60_000 }]);
    const encode = () => {
      throw new Error("cannot be written");
    };
    const { lookup, calls } = lookupOf({ store, encode });
    expect(await lookup.get("c1")).to.deep.equal(course("c1"));
    expect(calls).to.deep.equal([["c1"]]);
  });

  it("counts where its values came from", async () => {
    const metrics = createMetrics({ service: "order" });
    const store = memoryStore();
    const { lookup } = lookupOf({ metrics, store });
    const { lookup: replica } = lookupOf({ metrics, store, name: "courses" });
    await lookup.getMany(["c1", "missing"]);
    lookup.peek("c1");
    await lookup.get("c1");
    await replica.get("c1");
    createLookup({ name: "users", fetchMany: () => Promise.resolve(new Map<string, string>()), metrics });
    const text = await metrics.metrics();
    for (const [from, count] of Object.entries({ memory: 2, store: 1, source: 1, unknown: 1, failed: 0 })) {
      expect(text).to.include(
        `till_cache_reads_total{lookup="courses",from="${from}",service="order"} ${count}`,
      );
    }
    expect(text).to.include('lookup="users"');
  });
});

function recordingStore(): { readonly store: CacheStore; readonly ttls: number[] } {
  const ttls: number[] = [];
  const store: CacheStore = {
    ...memoryStore(),
    setMany(entries) {
      ttls.push(...entries.map(({ ttlMs }) => ttlMs));
      return Promise.resolve();
    },
  };
  return { store, ttls };
}
