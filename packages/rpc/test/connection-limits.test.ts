import { expect } from "chai";
import { once } from "node:events";
import { eventually } from "../../../test/support/eventually.ts";
import { ended, limitedServers, proxy } from "./limited-servers.ts";

describe("The limits of a gRPC server's connections", () => {
  const { limited, connection, tcp, stillServes, close } = limitedServers();
  afterEach(close);

  it("close connections above those that all, and those that one address may have", async () => {
    for (const [limits, name] of [
      [{ connections: 2 }, "connections"],
      [{ connectionsPerAddress: 2 }, "connections_per_address"],
    ] as const) {
      const { server, session, reached } = await limited(limits);
      await stillServes(server);
      const further = tcp(server);
      await once(further, "close");
      expect(await reached(name)).to.equal(1);
      session.destroy();
      await eventually(async () => {
        const next = tcp(server);
        await Promise.race([once(next, "close"), once(next, "data")]);
        return !next.destroyed;
      });
    }
  });

  it("leave to a trusted proxy, whose connections are of many clients, all that there may be", async () => {
    const { server, reached } = await limited({ connections: 4, connectionsPerAddress: 1 });
    for (let count = 0; count < 3; count += 1) await connection(server, {}, proxy);
    expect(await reached("connections_per_address")).to.equal(0);
    await ended(tcp(server, proxy));
    expect(await reached("connections")).to.equal(1);
  });

  it("close a connection on which nothing is sent, or no call is made", async () => {
    const { server, reached } = await limited({ openingMs: 100, connectionIdleMs: 300 });
    const silent = tcp(server);
    await once(silent, "close");
    expect(await reached("opening")).to.equal(1);
    const idle = await connection(server);
    await once(idle, "close");
    expect(await reached("opening")).to.equal(1);
  });

  it("allow so many calls at a time of one connection, and tell its client so", async () => {
    const { session } = await limited({ streamsPerConnection: 7 });
    expect(session.remoteSettings.maxConcurrentStreams).to.equal(7);
  });

  it("close a connection whose peer does not respond to pings, and ask clients of a certain age to connect again", async () => {
    const { server } = await limited({ keepaliveMs: 200 });
    const deaf = tcp(server);
    deaf.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    deaf.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])); // its settings, the last thing it sends
    await ended(deaf);
    const { session } = await limited({ connectionAgeMs: 200 });
    await ended(session);
  });
});
