import { createClient, type Transport } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@till/gen/grpc/health/v1/health_pb";

/** What each service reports of itself: SERVING, NOT_SERVING, or unreachable. */
export type Readiness = Readonly<Record<string, string>>;

const timeoutMs = 1_000;

/** Returns a probe of the services' health. Probes at the same time share one round of calls. */
export function readinessProbe(upstreams: Readonly<Record<string, Transport>>): () => Promise<Readiness> {
  const clients = Object.entries(upstreams).map(
    ([name, transport]) => [name, createClient(Health, transport)] as const,
  );
  let running: Promise<Readiness> | undefined;

  async function probe(): Promise<Readiness> {
    const statuses = clients.map(async ([name, health]) => {
      const status = await health.check({}, { timeoutMs }).then(
        (response) => Status[response.status],
        () => "unreachable",
      );
      return [name, status] as const;
    });
    return Object.fromEntries(await Promise.all(statuses));
  }

  return () => (running ??= probe().finally(() => (running = undefined)));
}
