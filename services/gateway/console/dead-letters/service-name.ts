import type { ServiceOps, Till } from "@till/client/web";

/** Each service has dead letters and stuck things of its own. */
export const serviceNames = ["order", "payment", "webhook"] as const;
export type ServiceName = (typeof serviceNames)[number];

export function isServiceName(name: string): name is ServiceName {
  return serviceNames.some((known) => known === name);
}

/** What operators need of a service. */
export function opsOf({ ops }: Till, service: ServiceName): ServiceOps {
  return { order: ops.orders, payment: ops.payments, webhook: ops.webhooks }[service];
}
