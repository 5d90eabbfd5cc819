import { createClient } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@till/gen/grpc/health/v1/health_pb";
import { grpcTransport } from "@till/rpc/client";

/** `node deploy/healthcheck.ts 127.0.0.1:50051` ends well while the server at that address takes calls. */
const [address] = process.argv.slice(2);
if (address === undefined) throw new Error("usage: node deploy/healthcheck.ts <host:port>");

const transport = grpcTransport({ address, timeoutMs: 2_000 });
try {
  const { status } = await createClient(Health, transport).check({ service: "" });
  console.log(`${address} is ${Status[status]}`);
  process.exitCode = status === Status.SERVING ? 0 : 1;
} catch (error) {
  console.error(`${address} is not reached: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  transport.close();
}
