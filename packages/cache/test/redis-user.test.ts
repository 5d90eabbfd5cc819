import { redisStore, type CacheStore } from "@till/cache";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { Redis } from "ioredis";
import { randomUUID } from "node:crypto";

const redisUrl = process.env.TILL_TEST_REDIS_URL;

/** The rights that .env.example gives the user of REDIS_URL. */
const rights = ["resetchannels", "-@all", "+mget", "+set", "+del", "+info", "+ping"];

describe("A store with a Redis user of its own", () => {
  let admin: Redis;
  let store: CacheStore;
  const user = `till-${randomUUID()}`;
  const url = () => Object.assign(new URL(redisUrl!), { username: user, password: "secret" }).href;
  before(async function () {
    if (!redisUrl) this.skip();
    admin = new Redis(redisUrl);
    await admin.call("ACL", "SETUSER", user, "on", ">secret", "~till:order:*", ...rights);
    store = redisStore({
      url: url(),
      prefix: "till:order:",
      log: createLog({ service: "test", level: "silent" }),
      limitMs: 2_000,
    });
  });
  after(async () => {
    await store?.close();
    await admin?.call("ACL", "DELUSER", user);
    await admin?.quit();
  });

  it("stores, reads and deletes with the rights that are documented", async () => {
    const key = randomUUID();
    await store.setMany([{ key, value: "value", ttlMs: 60_000 }]);
    expect(await store.getMany([key])).to.deep.equal(["value"]);
    await store.deleteMany([key]);
    expect(await store.getMany([key])).to.deep.equal([undefined]);
  });

  it("can do nothing else, and others cannot write what it reads", async () => {
    const own = new Redis(url());
    expect(await own.set("other:key", "x").then(String, String)).to.include("NOPERM");
    expect(await own.flushall().then(String, String)).to.include("NOPERM");
    own.disconnect();
  });
});
