import { expect } from "chai";
import { once } from "node:events";
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { eventually } from "../../../test/support/eventually.ts";
import { selfSignedCertificate } from "./support/certificate.ts";
import { startTestGateway } from "./support/gateway.ts";

describe("Clients that are slow, over TLS", () => {
  let gateway: Awaited<ReturnType<typeof startTestGateway>>;
  const sessions: ClientHttp2Session[] = [];
  const opened = new AsyncDisposableStack();
  before(async () => {
    const { cert, key, remove } = await selfSignedCertificate();
    opened.defer(remove);
    gateway = await startTestGateway({ TILL_GATEWAY_TLS_CERT: cert, TILL_GATEWAY_TLS_KEY: key });
    opened.defer(() => gateway.stop());
  });
  after(() => opened.disposeAsync());

  /** A session whose streams the server may send next to nothing on. */
  function openSession(): ClientHttp2Session {
    const session = connectHttp2(gateway.url, {
      rejectUnauthorized: false,
      settings: { initialWindowSize: 100 },
    });
    session.on("error", () => undefined);
    sessions.push(session);
    return session;
  }

  async function handshakeIsLeftOut(): Promise<void> {
    const socket = connect(gateway.port, "127.0.0.1");
    opened.defer(() => void socket.destroy());
    socket.on("error", () => undefined).resume();
    await once(socket, "close");
  }

  async function sessionIsNotUsed(): Promise<void> {
    const session = openSession();
    await once(session, "connect");
    const pings = setInterval(() => session.destroyed || session.ping(() => undefined), 1_000);
    opened.defer(() => clearInterval(pings));
    await once(session, "close");
  }

  async function bodyDoesNotEnd(): Promise<void> {
    const stream = openSession().request({
      ...{ ":method": "POST", ":path": "/till.order.v1.OrderService/GetOrder" },
      "content-type": "application/json",
    });
    stream.on("error", () => undefined).write("{");
    await once(stream, "close");
  }

  async function streamIsNotRead(): Promise<void> {
    const session = openSession();
    const stream = session.request({ ":path": "/openapi.json" });
    stream.on("error", () => undefined);
    await once(stream, "response");
    await once(stream, "close");
    expect(session.destroyed, "the other streams of its connection go on").to.equal(false);
  }

  async function connectionIsNotRead(): Promise<void> {
    const socket = connectTls({ port: gateway.port, host: "127.0.0.1", rejectUnauthorized: false });
    opened.defer(() => void socket.destroy());
    socket.on("error", () => undefined);
    await once(socket, "secureConnect");
    socket.pause();
    socket.write("GET /openapi.json HTTP/1.1\r\nhost: till\r\n\r\n".repeat(500));
  }

  /** A connection that is not read does not see its end either. */
  async function noConnectionIsOpen(): Promise<void> {
    sessions.forEach((session) => session.destroy());
    const count = () => gateway.metrics.getSingleMetricAsString("gateway_open_connections");
    await eventually(async () => expect(await count()).to.match(/ 0$/m), { timeoutMs: 60_000 });
  }

  it("are cut off: who does not finish a handshake, a request or a body, and who does not read", async () => {
    await Promise.all([
      handshakeIsLeftOut(),
      sessionIsNotUsed(),
      bodyDoesNotEnd(),
      streamIsNotRead(),
      connectionIsNotRead(),
    ]);
    await noConnectionIsOpen();
  }).timeout(120_000);
});
