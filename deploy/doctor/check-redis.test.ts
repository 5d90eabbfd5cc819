import { expect } from "chai";
import { Redis } from "ioredis";
import { expectResult } from "../../test/support/expect-check-result.ts";
import { checkRedis } from "./check-redis.ts";

describe("The doctor's check of Redis", () => {
  const uses = { without: "", rates: undefined };

  it("finds a password that is rejected, and does not show it", async function () {
    const redis = process.env["TILL_TEST_REDIS_URL"];
    if (!redis) this.skip();
    const url = new URL(redis);
    [url.username, url.password] = ["till-order", "wrong-pass"];
    const [found] = await checkRedis({ redisUrl: url.href, redisCa: undefined }, uses);
    expectResult(found!, "fail", /WRONGPASS/);
    expect(JSON.stringify(found)).to.not.include("wrong-pass");
    const [right] = await checkRedis({ redisUrl: redis, redisCa: undefined }, uses);
    expectResult(right!, "ok", /responds/);
  });

  it("finds a user without the rights that rates need", async function () {
    const redisUrl = process.env["TILL_TEST_REDIS_URL"];
    if (!redisUrl) this.skip();
    const admin = new Redis(redisUrl);
    const rates = "till:gateway";
    await admin.call("ACL", "SETUSER", "doctor", "on", ">secret", "-@all", "+ping", "+info", `~${rates}:*`);
    const user = Object.assign(new URL(redisUrl), { username: "doctor", password: "secret" }).href;
    const found = async () =>
      (await checkRedis({ redisUrl: user, redisCa: undefined }, { ...uses, rates })).at(-1)!;
    try {
      const lacking = await found();
      expectResult(lacking, "fail", /NOPERM/);
      const rights = /~\S+ (\+.+)$/.exec(lacking.remedy!)![1]!.split(" ");
      await admin.call("ACL", "SETUSER", "doctor", ...rights);
      expectResult(await found(), "ok", /share/);
    } finally {
      await admin.call("ACL", "DELUSER", "doctor");
      await admin.quit();
    }
  });
});
