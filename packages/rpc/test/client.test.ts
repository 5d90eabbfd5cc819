import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { openTcpProxy } from "../../../test/support/tcp-proxy.ts";
import { AppError } from "../src/errors.ts";
import { id, userServer } from "./user-server.ts";

describe("A client", () => {
  it("tries again on UNAVAILABLE, a few times, and on nothing else", async () => {
    let calls = 0;
    let code = Code.Unavailable;
    const server = await userServer(() => {
      calls += 1;
      if (calls < 3) throw new AppError("AWAY", code, "away");
      return Promise.resolve({ user: { id } });
    });
    expect((await server.client().getUser({ userId: id })).user?.id).to.equal(id);
    expect(calls).to.equal(3);
    calls = 0;
    code = Code.Aborted;
    expect((await failureOf(server.client().getUser({ userId: id }))).code).to.equal(Code.Aborted);
    expect(calls).to.equal(1);
    await server.close();
  });

  it("connects again soon where the network has dropped its connection without a word", async () => {
    const server = await userServer(() => Promise.resolve({ user: { id } }));
    const proxy = await openTcpProxy(server.address);
    const client = server.client({ address: proxy.address, keepaliveMs: 100, timeoutMs: 500 });
    const call = async () => (await client.getUser({ userId: id })).user?.id;
    expect(await call()).to.equal(id);
    proxy.blackHoleOpen();
    await eventually(async () => expect(await call()).to.equal(id));
    proxy.close();
    await server.close();
  });

  it("spreads its calls over all addresses", async () => {
    const served = [0, 0];
    const servers = await Promise.all(
      served.map((_, index) =>
        userServer(() => {
          served[index]! += 1;
          return Promise.resolve({});
        }),
      ),
    );
    const client = servers[0]!.client({ address: servers.map(({ address }) => address).join(",") });
    await client.getUser({ userId: id });
    for (let call = 0; call < 20 || served.includes(0); call += 1) await client.getUser({ userId: id });
    expect(Math.min(...served)).to.be.greaterThan(0);
    await Promise.all(servers.map((server) => server.close()));
  });
});
