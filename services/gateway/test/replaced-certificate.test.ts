import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { once } from "node:events";
import { rename } from "node:fs/promises";
import { connect } from "node:tls";
import { eventually } from "../../../test/support/eventually.ts";
import { gatewayConfig, startGateway } from "../src/start.ts";
import { selfSignedCertificate } from "./support/certificate.ts";

describe("The gateway's certificate", () => {
  it("is replaced for new connections when its files change", async () => {
    const [first, second] = [await selfSignedCertificate(), await selfSignedCertificate()];
    const gateway = await startGateway({
      config: gatewayConfig({
        ...{ TILL_PORT: "0", TILL_METRICS_PORT: "0" },
        ...{ TILL_GATEWAY_TLS_CERT: first.cert, TILL_GATEWAY_TLS_KEY: first.key },
      }),
      log: createLog({ service: "test", level: "silent" }),
      metrics: createMetrics({ service: "test" }),
    });
    const before = await serialOf(gateway.port);
    await rename(second.cert, first.cert);
    await rename(second.key, first.key);
    await eventually(async () => expect(await serialOf(gateway.port)).not.to.equal(before), {
      timeoutMs: 30_000,
    });
    await gateway.stop();
    await Promise.all([first.remove(), second.remove()]);
  }).timeout(60_000);
});

/** The serial number of the certificate that a new connection is shown. */
async function serialOf(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}
