import type { ServiceOps, Till } from "@till/client/web";

/** Each service has dead letters and stuck things of its own. */
export const serviceNames = ["order", "payment"] as const;
export type ServiceName = (typeof serviceNames)[number];

export function isServiceName(name: string): name is ServiceName {
  return serviceNames.some((known) => known === name);
}

/** What operators need of a service. */
export function opsOf(till: Till, service: ServiceName): ServiceOps {
  return service === "order" ? till.ops.orders : till.ops.payments;
}
