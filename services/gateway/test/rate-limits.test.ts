import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startGatewaySystem, startTestGateway, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer } from "./support/rest.ts";

describe("The gateway's rate limits", () => {
  let system: GatewaySystem;
  before(async function () {
    this.timeout(60_000);
    system = await startGatewaySystem();
  });
  after(() => system?.stop());

  it("hold for a caller and for an address, each by itself, with Retry-After", async () => {
    const limits = {
      TILL_CALLER_RATE: "1",
      TILL_CALLER_BURST: "1",
      TILL_ADDRESS_RATE: "5",
      TILL_ADDRESS_BURST: "5",
    };
    const gateway = await startTestGateway({
      TILL_ORDER_ADDRESS: system.orderAddress,
      TILL_JWKS_URL: system.jwksUrl,
      ...limits,
    });
    try {
      const get = async (user: string) => {
        const response = await fetch(`${gateway.url}/orders`, { headers: await system.bearer(user) });
        const { detail } = (await response.json()) as { detail?: string };
        return [response.status, response.headers.get("retry-after"), detail] as const;
      };
      const connect = async (user: string) => {
        const response = await fetch(`${gateway.url}/till.order.v1.OrderService/ListOrders`, {
          method: "POST",
          headers: { ...(await system.bearer(user)), "content-type": "application/json" },
          body: "{}",
        });
        return ((await response.json()) as { code?: string }).code;
      };
      const one = anyBuyer();
      for (const [by, users] of [
        ["caller", [one, one, one, one]],
        ["address", Array.from({ length: 12 }, anyBuyer)],
      ] as const)
        await eventually(async () => {
          const results = await Promise.all(users.map(get));
          const limited = results.filter(([, , detail]) =>
            detail?.startsWith(`too many requests of this ${by},`),
          );
          expect(limited, JSON.stringify(results)).to.not.have.length(0);
          for (const [status, retryAfter] of limited)
            expect([status, Number(retryAfter) >= 1]).to.deep.equal([429, true]);
        });
      await eventually(async () => {
        const responses = await Promise.all([one, one, one].map(connect));
        expect(responses).to.include("resource_exhausted");
      });
      expect((await fetch(`${gateway.url}/healthz`)).status).to.equal(200);
    } finally {
      await gateway.stop();
    }
  });

  it("count the addresses of a client's IPv6 network as one", async () => {
    const gateway = await startTestGateway({
      TILL_TRUSTED_PROXIES: "127.0.0.1",
      ...{ TILL_ADDRESS_RATE: "1", TILL_ADDRESS_BURST: "1" },
    });
    try {
      const get = async (address: string) =>
        (await fetch(`${gateway.url}/orders`, { headers: { "x-forwarded-for": address } })).status;
      const statuses = await Promise.all([1, 2, 3, 4, 5, 6].map((host) => get(`2001:db8:0:1::${host}`)));
      expect(statuses.filter((status) => status === 429)).to.have.length.within(3, 4);
      expect(await get("2001:db8:0:2::1")).to.equal(401);
    } finally {
      await gateway.stop();
    }
  });
});
