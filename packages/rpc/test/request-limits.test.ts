import { expect } from "chai";
import { constants, type ClientHttp2Stream } from "node:http2";
import { eventually } from "../../../test/support/eventually.ts";
import { http2Limits } from "../src/limits.ts";
import { ended, limitedServers, message, request, statusOf } from "./limited-servers.ts";

describe("The limits of a gRPC server's requests", () => {
  const { limited, connection, stillServes, close } = limitedServers();
  afterEach(close);

  it("end a request that does not come to its end, and no other one of its connection", async () => {
    const { server, session, reached } = await limited({ requestMs: 200 });
    const half = request(session, "GetUser");
    half.write(message(100).subarray(0, 50));
    await ended(half);
    expect(half.rstCode).to.equal(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(await reached("request_time")).to.equal(1);
    expect(session.closed).to.equal(false);
    await stillServes(server);
  });

  it("end the largest of the requests that together hold too much before they are whole", async () => {
    const { server, session, reached } = await limited({ unfinishedBytes: 4_000_000 });
    const small = request(session, "GetUser");
    small.write(message(1_000).subarray(0, 500));
    const large = Array.from({ length: 20 }, () => request(session, "GetUser"));
    for (const stream of large) stream.write(message(1_000_000).subarray(0, 900_000));
    const isEnded = (stream: ClientHttp2Stream) => stream.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM;
    await eventually(() => large.filter(isEnded).length >= 16);
    expect(await reached("unfinished_bytes")).to.be.greaterThan(15);
    expect(small.closed).to.equal(false);
    await stillServes(server);
  });

  it("do not end requests that are large and whole, one after the other", async () => {
    const { session, reached } = await limited({ unfinishedBytes: 1_000_000 });
    for (let count = 0; count < 5; count += 1) {
      const stream = request(session, "GetUser");
      stream.end(message(800_000));
      await ended(stream);
      expect(stream.rstCode).to.equal(constants.NGHTTP2_NO_ERROR);
    }
    expect(await reached("unfinished_bytes")).to.equal(0);
  });

  it("end a response of which nothing is read", async () => {
    const { server, reached } = await limited({ unreadMs: 200, requestMs: 60_000 });
    const session = await connection(server, { initialWindowSize: 0 });
    const stream = request(session, "GetUser");
    stream.end(message(0));
    await eventually(async () => (await reached("unread")) === 1);
    await stillServes(server);
  });

  it("leave a stream alone on which nothing happens, and one in both directions that sends nothing more", async () => {
    const { session, reached } = await limited({ requestMs: 100, unreadMs: 100 });
    const watching = request(session, "Watch", "grpc.health.v1.Health");
    watching.end(message(0));
    const reflecting = request(session, "ServerReflectionInfo", "grpc.reflection.v1.ServerReflection");
    reflecting.write(message(0));
    const half = request(session, "GetUser");
    half.write(message(100).subarray(0, 50));
    await ended(half);
    expect(await reached("request_time")).to.equal(1);
    expect([watching.closed, reflecting.closed]).to.deep.equal([false, false]);
  });

  it("reject a request and a response that are larger", async () => {
    const { session } = await limited({ requestBytes: 100 });
    const large = request(session, "GetUser");
    large.end(message(1_000));
    expect(await statusOf(large)).to.equal("8 REQUEST_TOO_LARGE");
    const { session: brief } = await limited({ responseBytes: 10 });
    const answered = request(brief, "GetUser");
    answered.end(message(0));
    expect(await statusOf(answered)).to.match(/^8 /);
  });

  it("reset a call whose metadata is too large or has too many entries", async () => {
    const { server, session } = await limited({});
    const entries = Array.from({ length: http2Limits.metadataPairs }, (_, index) => [`x-${index}`, "1"]);
    const large = Array.from({ length: 4 }, (_, index) => [
      `x-${index}`,
      "x".repeat(http2Limits.metadataBytes / 4),
    ]);
    for (const pairs of [entries, large]) {
      const stream = request(session, "GetUser", undefined, Object.fromEntries(pairs) as object);
      stream.end(message(0));
      await ended(stream);
      expect(stream.rstCode).to.not.equal(constants.NGHTTP2_NO_ERROR);
    }
    await stillServes(server);
  });
});
