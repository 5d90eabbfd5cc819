import { fromBinary } from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { StatusSchema } from "@till/gen/google/rpc/status_pb";
import { expect } from "chai";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { selfSignedCertificate } from "./support/certificate.ts";
import { startGatewaySystem, startTestGateway, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer } from "./support/rest.ts";

const path = "/till.order.v1.OrderService/GetOrder";
const watchPath = "/till.order.v1.OrderService/WatchOrder";

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream;

/** The reason and the code of a rejection. */
type Rejection = readonly [reason: string | undefined, code: string | number];

/** A message as gRPC, gRPC-Web and the streams of Connect frame it. */
function framed(message: Uint8Array | string, flags = 0, bytes = message.length): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(bytes, 1);
  return Uint8Array.from(Buffer.concat([head, Buffer.from(message)]));
}

const large = new Uint8Array(1_100_000);
const bomb = Uint8Array.from(gzipSync(JSON.stringify({ orderId: "x".repeat(50_000_000) })));

describe("What no protocol can read", () => {
  let system: GatewaySystem;
  let secure: Awaited<ReturnType<typeof startTestGateway>>;
  const opened = new AsyncDisposableStack();
  before(async function () {
    this.timeout(60_000);
    system = await startGatewaySystem();
    opened.defer(() => system.stop());
    const { cert, key, remove } = await selfSignedCertificate();
    opened.defer(remove);
    secure = await startTestGateway({
      TILL_ORDER_ADDRESS: system.orderAddress,
      TILL_JWKS_URL: system.jwksUrl,
      TILL_GATEWAY_TLS_CERT: cert,
      TILL_GATEWAY_TLS_KEY: key,
    });
    opened.defer(() => secure.stop());
  });
  after(() => opened.disposeAsync());

  async function post(to: string, contentType: string, body: Body, headers: Record<string, string> = {}) {
    const response = await fetch(`${system.url}${to}`, {
      ...{ method: "POST", body, duplex: "half" },
      headers: { ...(await system.bearer(anyBuyer())), "content-type": contentType, ...headers },
    });
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  type JsonError = {
    readonly code: string;
    readonly details?: readonly { readonly type: string; readonly value: string }[];
  };
  function fromJson({ code, details = [] }: JsonError): Rejection {
    const info = details.find(({ type }) => type === "google.rpc.ErrorInfo");
    return [info && fromBinary(ErrorInfoSchema, Buffer.from(info.value, "base64")).reason, code];
  }

  async function connect(body: Body, headers?: Record<string, string>): Promise<Rejection> {
    const { bytes } = await post(path, "application/json", body, headers);
    return fromJson(JSON.parse(bytes.toString()) as JsonError);
  }

  async function connectStream(body: Body, headers?: Record<string, string>): Promise<Rejection> {
    const { bytes } = await post(watchPath, "application/connect+json", body, headers);
    const { error } = JSON.parse(bytes.subarray(5).toString()) as { readonly error: JsonError };
    return fromJson(error);
  }

  function fromTrailers(status: string | undefined, details: string | undefined): Rejection {
    const wire = Buffer.from(details ?? "", "base64");
    const info = fromBinary(StatusSchema, wire).details.find(({ typeUrl }) => typeUrl.endsWith("ErrorInfo"));
    return [info && fromBinary(ErrorInfoSchema, info.value).reason, Number(status)];
  }

  async function grpcWeb(body: Body, headers?: Record<string, string>): Promise<Rejection> {
    const { bytes } = await post(path, "application/grpc-web+proto", body, headers);
    const trailers = bytes.subarray(5).toString();
    const read = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(trailers)?.[1];
    return fromTrailers(read("grpc-status"), read("grpc-status-details-bin"));
  }

  async function grpc(body: Uint8Array, headers: Record<string, string> = {}): Promise<Rejection> {
    const session = connectHttp2(secure.url, { rejectUnauthorized: false });
    try {
      const stream = session.request({
        ...{ ":method": "POST", ":path": path, te: "trailers", "content-type": "application/grpc" },
        ...(await system.bearer(anyBuyer())),
        ...headers,
      });
      const trailers = once(stream, "trailers") as Promise<[Record<string, string>]>;
      stream.resume().end(body);
      const [read] = await trailers;
      return fromTrailers(read["grpc-status"], read["grpc-status-details-bin"]);
    } finally {
      session.destroy();
    }
  }

  const invalid = (code: string | number): Rejection => ["INVALID_ARGUMENT", code];
  const tooLarge = (code: string | number): Rejection => ["REQUEST_TOO_LARGE", code];
  const unsupported = (code: string | number): Rejection => ["UNSUPPORTED_MEDIA_TYPE", code];

  it("is INVALID_ARGUMENT: a message that is malformed", async () => {
    expect(await connect("{items}")).to.deep.equal(invalid("invalid_argument"));
    expect(await connect('{"orderId": 1}')).to.deep.equal(invalid("invalid_argument"));
    expect(await connectStream(framed("{items}"))).to.deep.equal(invalid("invalid_argument"));
    expect(await grpcWeb(framed("\u0007\u0007"))).to.deep.equal(invalid(3));
    expect(await grpc(framed("\u0007\u0007"))).to.deep.equal(invalid(3));
  });

  it("is INVALID_ARGUMENT: a message that ends too early, is missing, or comes twice", async () => {
    for (const body of [framed("", 0, 9), new Uint8Array(), Buffer.concat([framed(""), framed("")])]) {
      expect(await connectStream(Uint8Array.from(body))).to.deep.equal(invalid("invalid_argument"));
      expect(await grpcWeb(Uint8Array.from(body))).to.deep.equal(invalid(3));
      expect(await grpc(body)).to.deep.equal(invalid(3));
    }
  });

  it("is INVALID_ARGUMENT: a deadline that is none", async () => {
    const timeout = { "connect-timeout-ms": "soon" };
    expect(await connect("{}", timeout)).to.deep.equal(invalid("invalid_argument"));
    expect(await grpcWeb(framed(""), { "grpc-timeout": "soon" })).to.deep.equal(invalid(3));
    expect(await grpc(framed(""), { "grpc-timeout": "soon" })).to.deep.equal(invalid(3));
  });

  it("is REQUEST_TOO_LARGE: more than 1 MiB, declared or not, or when decompressed", async () => {
    const unknownLength = () => new Blob([large]).stream();
    expect(await connect(large)).to.deep.equal(tooLarge("resource_exhausted"));
    expect(await connect(unknownLength())).to.deep.equal(tooLarge("resource_exhausted"));
    expect(await connect(bomb, { "content-encoding": "gzip" })).to.deep.equal(tooLarge("resource_exhausted"));
    const zipped = framed(bomb, 1);
    const encoding = { "connect-content-encoding": "gzip" };
    expect(await connectStream(zipped, encoding)).to.deep.equal(tooLarge("resource_exhausted"));
    expect(await grpcWeb(framed(large))).to.deep.equal(tooLarge(8));
    expect(await grpcWeb(zipped, { "grpc-encoding": "gzip" })).to.deep.equal(tooLarge(8));
    expect(await grpc(zipped, { "grpc-encoding": "gzip" })).to.deep.equal(tooLarge(8));
    expect(await grpc(framed("", 0, 1_000_000_000))).to.deep.equal(tooLarge(8));
  });

  it("is UNSUPPORTED_MEDIA_TYPE: another compression, or another content type", async () => {
    expect(await connect("{}", { "content-encoding": "zstd" })).to.deep.equal(unsupported("unimplemented"));
    expect(await grpcWeb(framed(""), { "grpc-encoding": "zstd" })).to.deep.equal(unsupported(12));
    expect(await grpc(framed(""), { "grpc-encoding": "zstd" })).to.deep.equal(unsupported(12));
    for (const type of ["text/plain", "application/grpc", "application/grpc-web-text", "application/xml"]) {
      const { response, bytes } = await post(path, type, "{}");
      expect([type, response.status]).to.deep.equal([type, 415]);
      expect(bytes.toString()).to.include('"reason":"UNSUPPORTED_MEDIA_TYPE"');
    }
  });

  it("is METHOD_NOT_ALLOWED: another method than POST", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const response = await fetch(`${system.url}${path}`, {
        method,
        headers: await system.bearer(anyBuyer()),
      });
      expect([response.status, response.headers.get("allow")]).to.deep.equal([405, "POST"]);
      expect(await response.text()).to.include('"reason":"METHOD_NOT_ALLOWED"');
    }
  });

  it("says in Connect which field it is", async () => {
    const { bytes } = await post(path, "application/json", '{"orderId": 1}');
    const { message } = JSON.parse(bytes.toString()) as { readonly message: string };
    expect(message).to.match(/^the request cannot be read: .*order_id/);
  });

  it("is DEADLINE_EXCEEDED where the deadline is shorter than any call", async () => {
    const body = JSON.stringify({ orderId: "018f0000-0000-7000-8000-00000000dead" });
    const [reason, code] = await connect(body, { "connect-timeout-ms": "1" });
    expect([reason, code]).to.deep.equal(["DEADLINE_EXCEEDED", "deadline_exceeded"]);
  });
});
