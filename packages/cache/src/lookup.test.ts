import { expect } from "chai";
import { course, lookupOf, type Course, type Fetched } from "../test/course-lookup.ts";
import { createLookup, type LookupOptions } from "./lookup.ts";
import { memoryStore } from "./memory-store.ts";

describe("a lookup", () => {
  it("calls the source once for a key that many callers miss at the same time", async () => {
    const { lookup, calls } = lookupOf();
    const found = await Promise.all(Array.from({ length: 100 }, () => lookup.get("c1")));
    expect(new Set(found)).to.deep.equal(new Set([course("c1")]));
    expect(calls).to.deep.equal([["c1"]]);
  });

  it("joins a call that is already under way", async () => {
    const { lookup, calls, answer } = heldLookup();
    const first = lookup.get("c1");
    await until(() => calls.length === 1);
    const second = lookup.get("c1");
    answer();
    expect(await first).to.equal(await second);
    expect(calls).to.have.length(1);
  });

  it("fetches all that is missed in one turn with one call", async () => {
    const { lookup, calls } = lookupOf();
    await Promise.all([lookup.get("c1"), lookup.getMany(["c2", "c3"]), lookup.get("c2")]);
    expect(calls).to.deep.equal([["c1", "c2", "c3"]]);
  });

  it("fetches at most 500 keys a call", async () => {
    const { lookup, calls } = lookupOf();
    const keys = Array.from({ length: 1_001 }, (_, at) => `c${at}`);
    const found = await lookup.getMany(keys);
    expect([...found.keys()]).to.deep.equal(keys);
    expect(calls.map((call) => call.length)).to.deep.equal([500, 500, 1]);
  });

  it("reads the source for a refresh, whatever memory and store have, and keeps what it reads", async () => {
    let price = 1n;
    const calls: (readonly string[])[] = [];
    const store = memoryStore();
    const options = {
      name: "course",
      store,
      fetchMany: (ids: readonly string[]) => {
        calls.push(ids);
        return Promise.resolve(new Map(ids.map((id) => [id, { id, minorUnits: price }])));
      },
    };
    const lookup = createLookup<Course>(options);
    await lookup.get("c1");
    price = 2n;
    const [first, second] = await Promise.all([lookup.refresh(["c1"]), lookup.refresh(["c1", "c2"])]);
    expect([first.get("c1"), second.get("c1")]).to.deep.equal([
      { id: "c1", minorUnits: 2n },
      { id: "c1", minorUnits: 2n },
    ]);
    expect(calls).to.deep.equal([["c1"], ["c1", "c2"]]);
    expect(lookup.peek("c1")?.minorUnits).to.equal(2n);
    expect((await createLookup<Course>(options).get("c1"))?.minorUnits).to.equal(2n);
  });

  it("does not let an older read that is still under way replace a refresh", async () => {
    const { lookup, calls, answer } = heldLookup();
    const old = lookup.get("c1");
    await until(() => calls.length === 1);
    const fresh = lookup.refresh(["c1"]);
    await until(() => calls.length === 2);
    answer();
    await Promise.all([old, fresh]);
    expect(lookup.peek("c1")).to.equal((await fresh).get("c1"));
  });

  it("returns from memory at once, and fetches again when that is too old", async () => {
    const clock = { ms: 0 };
    const { lookup, calls } = lookupOf({ memoryMs: 5_000, now: () => clock.ms });
    expect(lookup.peek("c1")).to.equal(undefined);
    await lookup.get("c1");
    clock.ms = 4_999;
    expect(lookup.peek("c1")).to.deep.equal(course("c1"));
    expect(lookup.get("c1")).to.equal(lookup.get("c1"));
    expect(calls).to.have.length(1);
    clock.ms = 5_000;
    expect(lookup.peek("c1")).to.equal(undefined);
    await lookup.get("c1");
    expect(calls).to.have.length(2);
  });

  it("remembers briefly that a key is unknown", async () => {
    const clock = { ms: 0 };
    const { lookup, calls } = lookupOf({ unknownMs: 2_000, now: () => clock.ms });
    expect(await lookup.get("missing")).to.equal(undefined);
    clock.ms = 1_999;
    expect(await lookup.get("missing")).to.equal(undefined);
    expect(await lookup.getMany(["missing", "c1"])).to.deep.equal(new Map([["c1", course("c1")]]));
    expect(calls).to.deep.equal([["missing"], ["c1"]]);
    clock.ms = 2_000;
    await lookup.get("missing");
    expect(calls).to.have.length(3);
  });

  it("rejects for every caller when the source fails, keeps nothing of it and goes to the source next time", async () => {
    let away = true;
    const { lookup, calls } = lookupOf({
      fetchMany: () =>
        away ? Promise.reject(new Error("away")) : Promise.resolve(new Map([["c1", course("c1")]])),
    });
    const outcomes = await Promise.allSettled([lookup.get("c1"), lookup.get("c1"), lookup.getMany(["c2"])]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["rejected", "rejected", "rejected"]);
    away = false;
    expect(await lookup.get("c1")).to.deep.equal(course("c1"));
    expect(calls).to.deep.equal([["c1", "c2"], ["c1"]]);
  });

  it("tells those who wait also when the source throws before it promises anything", async () => {
    const { lookup } = lookupOf({
      fetchMany: () => {
        throw new Error("bug");
      },
    });
    expect(await lookup.get("c1").catch(String)).to.equal("Error: bug");
  });

  it("lets a caller leave without disturbing the others", async () => {
    const { lookup, calls, answer } = heldLookup();
    const leaver = new AbortController();
    const left = lookup.get("c1", { signal: leaver.signal }).catch((error: unknown) => error);
    const stayed = lookup.get("c1");
    await until(() => calls.length === 1);
    const reason = new Error("deadline");
    leaver.abort(reason);
    expect(await left).to.equal(reason);
    answer();
    expect(await stayed).to.deep.equal(course("c1"));
  });

  it("does not even ask for a caller that has already left", async () => {
    const { lookup, calls } = lookupOf();
    const outcome = await lookup
      .get("c1", { signal: AbortSignal.abort("gone") })
      .catch((error: unknown) => error);
    expect(outcome).to.equal("gone");
    await new Promise(setImmediate);
    expect(calls).to.deep.equal([]);
  });

  it("drops a forgotten key, and what was on its way when it was forgotten", async () => {
    const store = memoryStore();
    const { lookup, calls, answer } = heldLookup({ store });
    const before = lookup.get("c1");
    await until(() => calls.length === 1);
    lookup.forget("c1");
    answer();
    expect(await before).to.deep.equal(course("c1"));
    expect(lookup.peek("c1")).to.equal(undefined);
    expect(await store.getMany(["courses:c1"])).to.deep.equal([undefined]);
    await lookup.get("c1");
    lookup.forget("c1");
    await lookup.get("c1");
    expect(calls).to.have.length(3);
  });

  it("stays within its entries, whatever keys are thrown at it", async () => {
    const { lookup } = lookupOf({ maxEntries: 10 });
    const keys = Array.from({ length: 100 }, (_, at) => `c${at}`);
    await lookup.getMany(keys);
    expect(keys.filter((key) => lookup.peek(key) !== undefined)).to.have.length(10);
  });
});

/** The same, but the source's first responses wait until they are released. */
function heldLookup(options: Partial<LookupOptions<Course>> = {}): Fetched & { readonly answer: () => void } {
  const held = Promise.withResolvers<void>();
  const fetchMany = async (keys: readonly string[]) => {
    await held.promise;
    return new Map(keys.map((key) => [key, course(key)]));
  };
  return { ...lookupOf({ ...options, fetchMany }), answer: held.resolve };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
