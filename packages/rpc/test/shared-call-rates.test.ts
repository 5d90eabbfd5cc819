import { expect } from "chai";
import { Redis } from "ioredis";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ClientHttp2Session } from "node:http2";
import { eventually } from "../../../test/support/eventually.ts";
import { openTcpProxy, type TcpProxy } from "../../../test/support/tcp-proxy.ts";
import { limitedServers, message, proxy, request, statusOf } from "./limited-servers.ts";

const redisUrl = process.env["TILL_TEST_REDIS_URL"];
const perSecond = 4;
const limits = { addressCallsPerSecond: perSecond };
/** At once, with the burst. */
const most = 5 * perSecond;

describe("The rates of calls of two gRPC servers with one Redis", () => {
  const { limited, connection, close } = limitedServers();
  let redis: TcpProxy;
  let sessions: ClientHttp2Session[];

  before(async function () {
    this.timeout(60_000);
    if (redisUrl === undefined) this.skip();
    redis = await openTcpProxy(new URL(redisUrl).host);
    sessions = await start(`redis://${redis.address}`);
  });
  after(async () => {
    await close();
    redis?.close();
  });

  async function start(url: string) {
    const open = () => limited(limits, { redisUrl: url, redisCa: undefined });
    return [
      await connection((await open()).server, {}, proxy),
      await connection((await open()).server, {}, proxy),
    ];
  }

  /** Sends calls of an address of its own to each server, all at once; returns how many were admitted of all. */
  async function admitted(): Promise<number> {
    const address = `2001:db8:${randomBytes(2).toString("hex")}:${randomBytes(2).toString("hex")}::1`;
    const statuses = await Promise.all(
      sessions.flatMap((session) =>
        Array.from({ length: 30 }, () => {
          const stream = request(session, "GetUser", undefined, { "x-forwarded-for": address });
          stream.end(message(0));
          return statusOf(stream);
        }),
      ),
    );
    expect(new Set(statuses)).to.deep.equal(new Set([undefined, "8 RATE_LIMITED"]));
    return statuses.filter((status) => status === undefined).length;
  }

  it("are one rate", async () => {
    await eventually(async () => expect(await admitted()).to.be.within(most, 2 * most - 2 * perSecond));
  });

  it("are a rate each while Redis does not respond, and one again when it does", async () => {
    redis.blackHole();
    await eventually(async () => expect(await admitted()).to.be.at.least(2 * most));
    redis.pass();
    redis.reset();
    await eventually(async () => expect(await admitted()).to.be.within(most, 2 * most - 2 * perSecond));
  });

  it("need no more rights in Redis than are documented", async () => {
    const text = await readFile(new URL("../../../.env.example", import.meta.url), "utf8");
    const rights = /for rates of calls ((~|\+).+)$/m.exec(text)![1]!.split(" ");
    const admin = new Redis(redisUrl!);
    const user = `till-${randomBytes(4).toString("hex")}`;
    await admin.call("ACL", "SETUSER", user, "on", ">secret", "-@all", ...rights);
    try {
      sessions = await start(Object.assign(new URL(redisUrl!), { username: user, password: "secret" }).href);
      await eventually(async () => expect(await admitted()).to.be.within(most, 2 * most - 2 * perSecond));
    } finally {
      await admin.call("ACL", "DELUSER", user);
      await admin.quit();
    }
  });

  it("are a rate each where Redis grants no rights to count, which is logged once, and counted", async () => {
    const admin = new Redis(redisUrl!);
    const user = `till-${randomBytes(4).toString("hex")}`;
    await admin.call("ACL", "SETUSER", user, "on", ">secret", "-@all", "+info", "~till:calls:*");
    try {
      const url = Object.assign(new URL(redisUrl!), { username: user, password: "secret" }).href;
      const { server, metrics } = await limited(limits, { redisUrl: url, redisCa: undefined });
      sessions = [await connection(server, {}, proxy)];
      const inMemory = async () => {
        const { values } = await metrics.getSingleMetric("rates_counted_in_memory_total")!.get();
        return values.find(({ labels }) => labels["cause"] === "rights")?.value ?? 0;
      };
      await eventually(async () => {
        expect(await admitted()).to.be.at.least(most);
        expect(await inMemory()).to.be.at.least(60);
      });
      const warnings = server.logged.join("").match(/"level":"warn".*the Redis user lacks rights/g);
      expect(warnings, server.logged.join("")).to.have.length(1);
    } finally {
      await admin.call("ACL", "DELUSER", user);
      await admin.quit();
    }
  });

  it("are a rate each where Redis was never there", async () => {
    sessions = await start("redis://127.0.0.1:1");
    expect(await admitted()).to.be.at.least(2 * most);
  });
});
