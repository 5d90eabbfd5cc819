import { createClient } from "@connectrpc/connect";
import { credentials } from "@grpc/grpc-js";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@till/gen/grpc/health/v1/health_pb";
import { grpcTransport } from "@till/rpc/client";
import { readFile } from "node:fs/promises";

/**
 * `node deploy/healthcheck.ts 127.0.0.1:50051` ends well while the gRPC server at that address takes calls; with the URL
 * of an HTTP server, while it responds with success. Without an address it is this container's readiness.
 * Of a server with TLS, TILL_TLS_CERT and TILL_TLS_KEY are the server's own.
 */
const ready = `http://127.0.0.1:${process.env.TILL_METRICS_PORT ?? 9464}/readyz`;
const [address = ready] = process.argv.slice(2);

try {
  const { isHealthy, status } = await (address.startsWith("http")
    ? httpHealth(address)
    : grpcHealth(address));
  console.log(`${address} is ${status}`);
  process.exitCode = isHealthy ? 0 : 1;
} catch (error) {
  console.error(`${address} is not reached: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function grpcHealth(address: string) {
  const transport = grpcTransport({ timeoutMs: 2_000, ...(await tlsOf(address)) });
  try {
    const { status } = await createClient(Health, transport).check({ service: "" });
    return { isHealthy: status === Status.SERVING, status: Status[status] };
  } finally {
    transport.close();
  }
}

/**
 * Where the server has a certificate, it is called over TLS and shown the same one, which it may require. It is called by
 * another name than its certificate's, and is sent nothing that is not for everyone: its certificate is not verified.
 */
async function tlsOf(address: string) {
  const { TILL_TLS_CERT: cert, TILL_TLS_KEY: key } = process.env;
  if (!cert || !key) return { address };
  const options = { rejectUnauthorized: false };
  const own = credentials.createSsl(null, await readFile(key), await readFile(cert), options);
  // TLS has names of servers, and no addresses.
  return { address: `https://${address.replace("127.0.0.1", "localhost")}`, credentials: own };
}

async function httpHealth(url: string) {
  const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  return { isHealthy: ok, status };
}
