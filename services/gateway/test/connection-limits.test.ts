import { expect } from "chai";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { eventually } from "../../../test/support/eventually.ts";
import { selfSignedCertificate } from "./support/certificate.ts";
import { startTestGateway } from "./support/gateway.ts";

type Gateway = Awaited<ReturnType<typeof startTestGateway>>;

for (const protocol of ["http", "https"] as const)
  describe(`The limits of the gateway's connections over ${protocol}`, () => {
    const opened = new AsyncDisposableStack();
    let certificate: Awaited<ReturnType<typeof selfSignedCertificate>>;
    before(async () => {
      certificate = await selfSignedCertificate();
      opened.defer(certificate.remove);
    });
    after(() => opened.disposeAsync());

    async function start(env: Readonly<Record<string, string>>): Promise<Gateway> {
      const { cert, key } = certificate;
      const tls = protocol === "https" ? { TILL_GATEWAY_TLS_CERT: cert, TILL_GATEWAY_TLS_KEY: key } : {};
      const gateway = await startTestGateway({ ...tls, ...env });
      opened.defer(() => gateway.stop());
      return gateway;
    }

    function open({ port }: Gateway, localAddress: string): Socket {
      const socket = connect({ port, host: "127.0.0.1", localAddress });
      opened.defer(() => void socket.destroy());
      return socket.on("error", () => undefined).resume();
    }

    /** Whether the gateway serves a new connection. */
    async function isServed({ port }: Gateway, localAddress: string): Promise<boolean> {
      const host = "127.0.0.1";
      const socket =
        protocol === "https"
          ? connectTls({
              port,
              host,
              rejectUnauthorized: false,
              socket: open({ port } as Gateway, localAddress),
            })
          : connect({ port, host, localAddress });
      socket.on("error", () => undefined).write("GET /healthz HTTP/1.1\r\nhost: till\r\n\r\n");
      const result = await new Promise<boolean>(
        (resolve) => void socket.once("data", () => resolve(true)).once("close", () => resolve(false)),
      );
      socket.destroy();
      return result;
    }

    async function rejected(gateway: Gateway, limit: string): Promise<number> {
      const { values } = await gateway.metrics.getSingleMetric("gateway_connections_rejected_total")!.get();
      return values.find(({ labels }) => labels["limit"] === limit)?.value ?? 0;
    }

    async function whenOpen(gateway: Gateway, count: number): Promise<void> {
      const shown = () => gateway.metrics.getSingleMetricAsString("gateway_open_connections");
      await eventually(async () => expect(await shown()).to.include(`} ${count}`));
    }

    it("close those above what one address may have, and no one else's", async () => {
      const gateway = await start({ TILL_MAX_CONNECTIONS_PER_ADDRESS: "3" });
      const kept = Array.from({ length: 3 }, () => open(gateway, "127.0.0.2"));
      await whenOpen(gateway, 3);
      const further = Array.from({ length: 5 }, () => open(gateway, "127.0.0.2"));
      await Promise.all(further.map((socket) => once(socket, "close")));
      expect(await rejected(gateway, "connections_per_address")).to.equal(5);
      expect(kept.every((socket) => !socket.destroyed)).to.equal(true);
      expect(await isServed(gateway, "127.0.0.1")).to.equal(true);
      kept[0]!.destroy();
      await whenOpen(gateway, 2);
      expect(await isServed(gateway, "127.0.0.2")).to.equal(true);
    });

    it("close those above what all may have, also a trusted proxy, which has no limit of its own", async () => {
      const gateway = await start({
        ...{ TILL_MAX_CONNECTIONS: "3", TILL_MAX_CONNECTIONS_PER_ADDRESS: "1" },
        TILL_TRUSTED_PROXIES: "127.0.0.2",
      });
      const kept = Array.from({ length: 3 }, () => open(gateway, "127.0.0.2"));
      await whenOpen(gateway, 3);
      expect(await isServed(gateway, "127.0.0.2")).to.equal(false);
      expect(await rejected(gateway, "connections")).to.equal(1);
      expect(kept.every((socket) => !socket.destroyed)).to.equal(true);
    });
  });
