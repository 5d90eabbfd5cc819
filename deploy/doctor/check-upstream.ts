import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus } from "@till/gen/grpc/health/v1/health_pb";
import { grpcTransport, type GrpcTransportOptions } from "@till/rpc/client";
import { failed, ok, warn, type CheckResult } from "./check-result.ts";

type Upstream = {
  readonly name: string;
  readonly address: string;
  readonly variable: string;
  /** Whether it is one of Till's own servers, which may start later. */
  readonly isTills: boolean;
  readonly credentials: GrpcTransportOptions["credentials"];
};

/** Calls the health check of a system that the service calls. Whatever it returns, it can be reached. */
export async function checkUpstream({
  name,
  address,
  variable,
  isTills,
  credentials,
}: Upstream): Promise<CheckResult> {
  const check = `upstream ${name}`;
  const transport = grpcTransport({ address, credentials, retries: false });
  try {
    const { status } = await createClient(Health, transport).check({}, { timeoutMs: 3_000 });
    if (status === HealthCheckResponse_ServingStatus.SERVING) return ok(check, `${address} is serving`);
    return warn(check, `${address} is not serving yet`, "see what it waits for in its log");
  } catch (error) {
    const { code } = ConnectError.from(error);
    if (code !== Code.Unavailable && code !== Code.DeadlineExceeded) return ok(check, `${address} responds`);
    const found = `${address} cannot be reached`;
    const remedy = `start it, or correct ${variable}`;
    return isTills ? warn(check, `${found}, and may not run yet`, remedy) : failed(check, found, remedy);
  } finally {
    transport.close();
  }
}
