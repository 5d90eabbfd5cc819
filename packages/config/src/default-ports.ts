import { z } from "zod";
import { readConfig } from "./read-config.ts";

/** Where each of Till's servers listens, and where the others look for it on the same machine. */
const ports = {
  order: 50_051,
  payment: 50_052,
  sandbox: 50_053,
  webhookService: 50_054,
  sandboxHttp: 8090,
  gateway: 8080,
  webhooks: 8081,
  orderMetrics: 9464,
  paymentMetrics: 9465,
  gatewayMetrics: 9466,
  webhookServiceMetrics: 9467,
  catalogue: 8070,
};

export type DefaultPorts = Readonly<typeof ports>;

const schema = z.object({ TILL_PORT_OFFSET: z.coerce.number().int().min(0).max(15_000).default(0) });

/**
 * The ports that are used where no variable names another. TILL_PORT_OFFSET is added to all of them, so that a second
 * system runs beside the first one by this variable alone.
 */
export function defaultPorts(env?: Readonly<Record<string, string | undefined>>): DefaultPorts {
  const { TILL_PORT_OFFSET: offset } = readConfig(schema, env);
  return Object.fromEntries(
    Object.entries(ports).map(([server, port]) => [server, port + offset]),
  ) as DefaultPorts;
}
