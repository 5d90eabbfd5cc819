import { randomUUID } from "node:crypto";
import { createLog } from "@till/telemetry";
import { createLookup, redisStore } from "@till/cache";
import type { CacheStore, Lookup } from "@till/cache";
import { expect } from "chai";
import { redisProxy } from "./redis-proxy.ts";
import type { RedisProxy } from "./redis-proxy.ts";

const redisUrl = process.env.TILL_TEST_REDIS_URL;

describe("lookups while Redis is not there", () => {
  let proxy: RedisProxy;
  let open: Opened;
  afterEach(async () => {
    await open.store.close();
    await proxy.die();
  });

  it("answer when it was never there", async () => {
    proxy = await redisProxy(undefined);
    await proxy.die();
    open = opened(proxy.url);
    await lookUp(open.lookup, 50);
    expect(open.lines.filter(isWarning)).to.have.length(1);
    expect(open.lines[0]).to.include("ECONNREFUSED");
    await proxy.revive();
  });

  it("wait once when it takes connections and says nothing, and not again", async () => {
    proxy = await redisProxy(undefined);
    open = opened(proxy.url);
    await lookUp(open.lookup, 1);
    const sent = proxy.sent();
    await lookUp(open.lookup, 200);
    expect(proxy.sent() - sent).to.be.lessThan(aFew);
    expect(open.lines.filter(isWarning)).to.have.length(1);
  });
});

describe("lookups while Redis dies, hangs, slows down and comes back", function () {
  let proxy: RedisProxy;
  let open: Opened;
  before(function () {
    if (redisUrl === undefined) this.skip();
  });
  beforeEach(async () => {
    proxy = await redisProxy(redisUrl);
    open = opened(proxy.url);
    await untilStored(open);
    open.lines.length = 0;
  });
  afterEach(async () => {
    await open?.store.close();
    await proxy?.die();
  });

  const troubles: [
    what: string,
    trouble: (proxy: RedisProxy) => unknown,
    cure: (proxy: RedisProxy) => unknown,
  ][] = [
    ["dies", (proxy) => proxy.die(), (proxy) => proxy.revive()],
    ["stops answering", (proxy) => proxy.delayReplies(Infinity), (proxy) => proxy.delayReplies(0)],
    ["responds after 200 ms", (proxy) => proxy.delayReplies(200), (proxy) => proxy.delayReplies(0)],
  ];
  for (const [what, trouble, cure] of troubles) {
    it(`go on answering when Redis ${what}, are slow once at most, and use it again when it is well`, async () => {
      await trouble(proxy);
      await lookUp(open.lookup, 1);
      await until(() => open.lines.filter(isWarning).length === 1);
      const sent = proxy.sent();
      await lookUp(open.lookup, 200);
      expect(proxy.sent() - sent).to.be.lessThan(aFew);
      await untilTriedAgain(open);
      expect(open.lines.filter(isWarning)).to.have.length(1);
      await cure(proxy);
      await untilStored(open);
      // More than once where Redis was slow for a moment when it had just come back.
      const back = open.lines.filter((line) => line.includes("is back"));
      expect(back).to.have.length(open.lines.filter(isWarning).length);
    });
  }
});

/** Redis is tried once a second while it is away; each of 200 lookups would ask it and tell it. */
const aFew = 20;

type Opened = { readonly store: CacheStore; readonly lookup: Lookup<string>; readonly lines: string[] };

function opened(url: string): Opened {
  const lines: string[] = [];
  const log = createLog({ service: "order", destination: { write: (line) => void lines.push(line) } });
  const store = redisStore({ url, prefix: `till-test-${randomUUID()}:`, log });
  const fetchMany = (keys: readonly string[]) =>
    Promise.resolve(new Map(keys.map((key) => [key, `value of ${key}`])));
  return { store, lines, lookup: createLookup({ name: "users", store, fetchMany }) };
}

/** Looks up keys that were not looked up yet, one after the other. */
async function lookUp(lookup: Lookup<string>, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const key = randomUUID();
    expect(await lookup.get(key)).to.equal(`value of ${key}`);
  }
}

async function untilStored({ store }: Opened): Promise<void> {
  await until(async () => {
    await store.setMany([{ key: "probe", value: "here", ttlMs: 60_000 }]);
    return (await store.getMany(["probe"]))[0] === "here";
  });
}

/** The circuit's rest has ended and what it tried has failed: lookups still answer. */
async function untilTriedAgain({ lookup }: Opened): Promise<void> {
  const started = performance.now();
  await until(async () => {
    await lookUp(lookup, 1);
    return performance.now() - started > 1_200;
  });
}

const isWarning = (line: string) => line.includes('"level":"warn"');

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
