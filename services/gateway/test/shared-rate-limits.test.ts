import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { eventually } from "../../../test/support/eventually.ts";
import { openTcpProxy, type TcpProxy } from "../../../test/support/tcp-proxy.ts";
import { startTestGateway } from "./support/gateway.ts";

const redisUrl = process.env["TILL_TEST_REDIS_URL"];
const burst = 20;

/** An address of its own, whose counts no other test has. */
const anyAddress = () => `2001:db8:${randomBytes(2).toString("hex")}:${randomBytes(2).toString("hex")}::1`;

describe("Rate limits of two gateways with one Redis", () => {
  const opened = new AsyncDisposableStack();
  let redis: TcpProxy;
  let gateways: Awaited<ReturnType<typeof startTestGateway>>[];

  before(async function () {
    this.timeout(60_000);
    if (redisUrl === undefined) this.skip();
    redis = await openTcpProxy(new URL(redisUrl).host);
    opened.defer(() => redis.close());
    gateways = await Promise.all([start(`redis://${redis.address}`), start(`redis://${redis.address}`)]);
  });
  after(() => opened.disposeAsync());

  async function start(REDIS_URL: string) {
    const gateway = await startTestGateway({
      ...{ REDIS_URL, TILL_TRUSTED_PROXIES: "127.0.0.1" },
      ...{ TILL_ADDRESS_RATE: "1", TILL_ADDRESS_BURST: String(burst) },
    });
    opened.defer(() => gateway.stop());
    return gateway;
  }

  /** Sends requests of one address to each gateway, all at once; returns how many were admitted of all. */
  async function admitted(requests: number): Promise<number> {
    const headers = { "x-forwarded-for": anyAddress() };
    const responses = gateways.flatMap(({ url }) =>
      Array.from({ length: requests }, async () => (await fetch(`${url}/orders`, { headers })).status),
    );
    const statuses = await Promise.all(responses);
    // Who has no token is rejected after it is counted.
    expect(new Set(statuses)).to.deep.equal(new Set([401, 429]));
    return statuses.filter((status) => status === 401).length;
  }

  it("are one limit", async () => {
    await eventually(async () => expect(await admitted(30)).to.be.within(burst, 2 * burst - 5));
  });

  it("are a limit each while Redis does not respond, and one again when it does", async () => {
    redis.blackHole();
    await eventually(async () => expect(await admitted(30)).to.be.at.least(2 * burst));
    redis.pass();
    redis.reset();
    await eventually(async () => expect(await admitted(30)).to.be.within(burst, 2 * burst - 5));
  });

  it("are a limit each where Redis was never there", async () => {
    gateways = [await start("redis://127.0.0.1:1"), await start("redis://127.0.0.1:1")];
    expect(await admitted(30)).to.be.at.least(2 * burst);
  });
});
