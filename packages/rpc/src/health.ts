import { HealthCheckResponse_ServingStatus as Status, Health } from "@till/gen/grpc/health/v1/health_pb";
import { EventEmitter, on } from "node:events";
import { appError } from "./app-error.ts";
import type { Call } from "./call.ts";
import { allow, implement, type Implementation } from "./implement.ts";

/** Whether each service of a server takes calls; the empty name stands for the server. */
type HealthState = {
  readonly implementation: Implementation;
  setServing(serving: boolean): void;
};

/** grpc.health.v1 over the given services: SERVING until it is set otherwise. */
export function health(services: readonly string[]): HealthState {
  const known = new Set(["", ...services]);
  const changes = new EventEmitter().setMaxListeners(0);
  let status = Status.SERVING;
  const check = (service: string) => (known.has(service) ? status : Status.SERVICE_UNKNOWN);

  async function* watch({ service }: { service: string }, call: Call) {
    const { signal } = call;
    const changed = on(changes, "change", { signal });
    yield { status: check(service) };
    try {
      while (!(await changed.next()).done) yield { status: check(service) };
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return {
    implementation: implement(Health, {
      check: allow("anyone", ({ service }) => {
        if (known.has(service)) return Promise.resolve({ status });
        throw appError("SERVICE_NOT_FOUND", `no service ${service}`);
      }),
      list: allow("anyone", () => {
        return Promise.resolve({
          statuses: Object.fromEntries([...known].map((name) => [name, { status }])),
        });
      }),
      watch: allow("anyone", watch),
    }),
    setServing(serving) {
      const before = status;
      status = serving ? Status.SERVING : Status.NOT_SERVING;
      if (status !== before) changes.emit("change");
    },
  };
}
