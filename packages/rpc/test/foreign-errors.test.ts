import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { createClient, type ConnectError } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { StatusSchema } from "@till/gen/google/rpc/status_pb";
import { expect } from "chai";
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { grpcTransport, upstreamError } from "../src/client.ts";
import { appError } from "../src/errors.ts";
import { id, userServer } from "./user-server.ts";

/** A server that is not ours: every GetUser fails with these bytes as its details. */
async function foreignServer(details: Buffer): Promise<{ address: string; close(): void }> {
  const server = new Server();
  const asIs = (bytes: Buffer) => bytes;
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", details);
  server.addService(
    {
      GetUser: {
        path: `/${UserService.typeName}/GetUser`,
        requestStream: false,
        responseStream: false,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    },
    {
      GetUser: (_call: unknown, reply: (error: object) => void) =>
        reply({ code: status.FAILED_PRECONDITION, details: "no", metadata }),
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

/** A server of HTTP/2 whose every response is OK, with these messages. */
async function okServer(messages: readonly Buffer[]): Promise<{ address: string; close(): void }> {
  const server = createServer();
  server.on("stream", (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    for (const message of messages)
      stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
    stream.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, close: () => server.close() };
}

describe("A call whose response is OK", () => {
  for (const [what, messages, code] of [
    ["has no message", [], Code.Unimplemented],
    ["cannot be read", [Buffer.from([0xff, 0xff, 0xff])], Code.Internal],
  ] as const)
    it(`fails where it ${what}`, async () => {
      const server = await okServer(messages);
      const transport = grpcTransport({ address: server.address, retries: false });
      const error = await failureOf(createClient(UserService, transport).getUser({ userId: id }));
      expect(error.code).to.equal(code);
      transport.close();
      server.close();
    });
});

describe("A failed call", () => {
  for (const [what, bytes] of [
    ["no message", Buffer.from([0xff, 0xff, 0xff])],
    ["another message", Buffer.from("not a google.rpc.Status at all")],
    ["a cut-off message", Buffer.from([0x1a, 0x7f, 0x0a])],
    ["nothing", Buffer.alloc(0)],
  ] as const)
    it(`is an error with its code where the server's details are ${what}`, async () => {
      const server = await foreignServer(bytes);
      const transport = grpcTransport({ address: server.address, retries: false });
      const error = await failureOf(createClient(UserService, transport).getUser({ userId: id }));
      expect([error.code, error.rawMessage]).to.deep.equal([Code.FailedPrecondition, "no"]);
      transport.close();
      server.close();
    });

  it("has at most 6 KB of trailers, however much there is to say, and counts what was left out", async () => {
    const many = Array.from({ length: 500 }, (_, index) => index);
    const server = await userServer(() => {
      throw appError("INVALID_ARGUMENT", "käse 💶 ".repeat(5_000), {
        metadata: { ...Object.fromEntries(many.map((index) => [`item_${index}`, "x".repeat(100)])) },
        violations: many.map((index) => ({ field: `items[${index}]`, description: "é".repeat(1_000) })),
      });
    });
    const client = server.client({ retries: false });
    const error = await failureOf(client.getUser({ userId: id }));
    const { reason, metadata } = factsOf(error);
    expect(reason).to.equal("INVALID_ARGUMENT");
    const violations = error.findDetails(BadRequestSchema).flatMap((each) => each.fieldViolations);
    expect(violations.length + Number(metadata.violations_omitted)).to.equal(500);
    const shown = Object.keys(metadata).filter((name) => name.startsWith("item_"));
    expect(shown.length + Number(metadata.metadata_omitted)).to.equal(500);
    expect(trailerBytesOf(error)).to.be.lessThan(6 * 1024);
    await server.close();
  });

  it("carries the trailers that its handler has set", async () => {
    const server = await userServer((_request, call) => {
      call.setTrailer("idempotent-replay", "true");
      throw appError("UNAUTHENTICATED", "declined again");
    });
    const error = await failureOf(server.client({ retries: false }).getUser({ userId: id }));
    expect(error.metadata.get("idempotent-replay")).to.equal("true");
    await server.close();
  });
});

describe("A call whose upstream fails", () => {
  const info = { reason: "OUT_OF_STOCK", domain: "till" };
  for (const [what, reason, retryAfter] of [
    ["a time to wait that is longer than any", info.reason, { seconds: 2n ** 63n - 1n }],
    ["a negative time to wait", info.reason, { seconds: -(2n ** 63n), nanos: -1 }],
    ["nanoseconds that are none", info.reason, { seconds: 1n, nanos: 2 ** 31 - 1 }],
    ["a reason of 100 KB", "X".repeat(100_000), { seconds: 1n }],
    ["a reason that is none", "\0 out of stock", { seconds: 1n }],
  ] as const)
    it(`is rejected with a status of ours where the upstream's details have ${what}`, async () => {
      const details = [
        anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { ...info, reason })),
        anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay: retryAfter })),
      ];
      const upstream = await foreignServer(
        Buffer.from(toBinary(StatusSchema, create(StatusSchema, { details }))),
      );
      const transport = grpcTransport({ address: upstream.address, retries: false });
      const server = await userServer((request) =>
        createClient(UserService, transport)
          .getUser(request)
          .catch((error: unknown) => {
            throw upstreamError(error, "users");
          }),
      );
      const error = await failureOf(server.client({ retries: false }).getUser({ userId: id }));
      expect(factsOf(error).reason).to.equal(
        reason === info.reason ? "OUT_OF_STOCK" : "UPSTREAM_UNAVAILABLE",
      );
      expect(trailerBytesOf(error)).to.be.lessThan(6 * 1024);
      transport.close();
      await server.close();
      upstream.close();
    });
});

/** Message and details as they are on the wire. */
function trailerBytesOf(error: ConnectError): number {
  let bytes = Buffer.byteLength(error.rawMessage);
  for (const detail of error.details)
    if ("value" in detail && detail.value instanceof Uint8Array) bytes += detail.value.length + 80;
  return encodeURI(error.rawMessage).length + Math.ceil((bytes * 4) / 3);
}
