import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { createLookup, memoryStore, redisStore } from "@till/cache";
import type { CacheStore } from "@till/cache";

const redisUrl = process.env.TILL_TEST_REDIS_URL;
const prefix = `till-test-${randomUUID()}:`;

keepsThePromises("memory", () => memoryStore(), true);
// With all the time it wants: one that is slow for a moment would count as away, and forget.
keepsThePromises(
  "redis",
  () => redisStore({ url: String(redisUrl), prefix, limitMs: 10_000 }),
  redisUrl !== undefined,
);

/** What a lookup may rely on, whichever store it has. */
function keepsThePromises(kind: string, open: () => CacheStore, isHere: boolean): void {
  describe(`the ${kind} store`, () => {
    let store: CacheStore;
    before(function () {
      if (!isHere) this.skip();
      store = open();
    });
    after(() => store?.close());

    it("gives each key's value at the key's place, and nothing for a key that it lacks", async () => {
      await store.setMany([entry("a", "1"), entry("b", "2")]);
      expect(await store.getMany(["b", "missing", "a", "b"])).to.deep.equal(["2", undefined, "1", "2"]);
    });

    it("keeps the latest value, whatever its characters", async () => {
      await store.setMany([entry("ключ 🔑\r\n", "old")]);
      await store.setMany([entry("ключ 🔑\r\n", 'new "äöü"\0\r\n')]);
      expect(await store.getMany(["ключ 🔑\r\n"])).to.deep.equal(['new "äöü"\0\r\n']);
    });

    it("lets a value go when its time is over", async () => {
      await store.setMany([{ key: "brief", value: "1", ttlMs: 30 }, entry("long", "1")]);
      await until(async () => (await store.getMany(["brief"]))[0] === undefined);
      expect(await store.getMany(["long"])).to.deep.equal(["1"]);
    });

    it("forgets deleted keys", async () => {
      await store.setMany([entry("gone", "1"), entry("stays", "1")]);
      await store.deleteMany(["gone", "never there"]);
      expect(await store.getMany(["gone", "stays"])).to.deep.equal([undefined, "1"]);
    });

    it("takes 500 entries at a time", async () => {
      const entries = Array.from({ length: 500 }, (_, at) => entry(`many${at}`, `${at}`));
      await store.setMany(entries);
      expect(await store.getMany(entries.map(({ key }) => key))).to.deep.equal(
        entries.map(({ value }) => value),
      );
    });

    it("spares a second process the call to the source, and gives it the same value, amounts included", async () => {
      const value = { name: "Ada", price: { currency: "EUR", minorUnits: 4900n } };
      const calls: string[] = [];
      const lookupIn = (process: string) =>
        createLookup({
          name: "courses",
          store,
          fetchMany(keys) {
            calls.push(process);
            return Promise.resolve(new Map(keys.map((key) => [key, value])));
          },
        });
      expect(await lookupIn("first").get("c1")).to.deep.equal(value);
      await until(async () => (await store.getMany(["courses:c1"]))[0] !== undefined);
      expect(await lookupIn("second").get("c1")).to.deep.equal(value);
      expect(calls).to.deep.equal(["first"]);
    });

    it("keeps lookups of different names apart", async () => {
      const lookupOf = (name: string) =>
        createLookup({ name, store, fetchMany: () => Promise.resolve(new Map([["id", name]])) });
      expect(await lookupOf("users").get("id")).to.equal("users");
      await until(async () => (await store.getMany(["users:id"]))[0] !== undefined);
      expect(await lookupOf("offers").get("id")).to.equal("offers");
    });
  });
}

function entry(key: string, value: string) {
  return { key, value, ttlMs: 60_000 };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}
