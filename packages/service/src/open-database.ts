import { connect, type ConnectOptions } from "@till/postgres/connect";
import { createReadiness } from "@till/telemetry";
import type { ServiceConfig, ServiceOptions } from "./service-options.ts";

type Schema = Pick<ConnectOptions, "migrations" | "entities" | "role">;

/** Opens a service's database with its schema up to date, and a readiness that follows whether it can be reached. */
export async function openDatabase(
  { config, log, metrics, signal }: Omit<ServiceOptions<ServiceConfig>, "bus">,
  schema: Schema,
) {
  const { databaseUrl: url, poolSize, preparedStatements } = config;
  const readiness = createReadiness();
  const onReachable = (isReachable: boolean) => readiness.set("postgres", isReachable);
  const db = await connect({
    ...{ url, poolSize, preparedStatements, log, metrics, signal, onReachable },
    ...schema,
  });
  return { db, readiness };
}
