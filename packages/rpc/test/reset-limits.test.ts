import { expect } from "chai";
import { constants, type ClientHttp2Session } from "node:http2";
import { connect as connectTcp } from "node:net";
import { eventually } from "../../../test/support/eventually.ts";
import { http2Limits } from "../src/limits.ts";
import { ended, limitedServers, message, proxy, request, statusOf } from "./limited-servers.ts";

/** Begins so many streams, and resets them when they are served. */
async function resetStreams(session: ClientHttp2Session, count: number): Promise<void> {
  const streams = Array.from({ length: count }, () => request(session, "Watch", "grpc.health.v1.Health"));
  streams.forEach((stream) => stream.end(message(0)));
  await Promise.all(streams.map(statusOf));
  streams.forEach((stream) => stream.close(constants.NGHTTP2_CANCEL));
  await Promise.all(streams.map(ended));
}

describe("The limits of a gRPC server's resets", () => {
  const { limited, connection, stillServes, close } = limitedServers();
  afterEach(close);

  it("end a connection that resets streams by the thousand", async () => {
    const { server, session } = await limited({});
    for (let count = 0; count < http2Limits.resets * 2 && !session.destroyed; count += 1)
      request(session, "GetUser").close(constants.NGHTTP2_CANCEL);
    await ended(session);
    await stillServes(server);
  });

  it("close the connections of an address whose clients reset too many streams, also on ever new ones", async () => {
    const { server, reached } = await limited({ resetsPerAddress: 200 });
    const from = (localAddress: string) => connection(server, {}, localAddress);
    // What the server ends by itself is no reset.
    const calm = await from("127.0.0.2");
    for (let count = 0; count < 300; count += 1) {
      const stream = request(calm, "GetUser");
      stream.end(message(0));
      await ended(stream);
    }
    for (let connections = 0; connections < 3; connections += 1)
      await resetStreams(await from("127.0.0.3"), 90);
    await eventually(async () => (await reached("resets_per_address")) > 0);
    const further = connectTcp({ port: server.port, host: "127.0.0.1", localAddress: "127.0.0.3" });
    await ended(further.on("error", () => undefined).resume());
    expect(calm.destroyed).to.equal(false);
    await stillServes(server);
  });

  it("are not for a trusted proxy, whose resets are those of many clients", async () => {
    const { server, reached } = await limited({ resetsPerAddress: 20 });
    const session = await connection(server, {}, proxy);
    await resetStreams(session, 90);
    await stillServes(server);
    expect([await reached("resets_per_address"), session.destroyed]).to.deep.equal([0, false]);
  });
});
