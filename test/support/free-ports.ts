import { defaultPorts } from "@till/config";
import { isFree } from "@till/embedded-postgres/free-port";
import { randomInt } from "node:crypto";

/** Settings of `npm start` with free ports. */
export const freePorts = {
  TILL_ORDER_PORT: "0",
  TILL_PAYMENT_PORT: "0",
  TILL_SANDBOX_PORT: "0",
  TILL_SANDBOX_HTTP_PORT: "0",
  TILL_WEBHOOK_PORT: "0",
  TILL_GATEWAY_PORT: "0",
  TILL_ORDER_METRICS_PORT: "0",
  TILL_PAYMENT_METRICS_PORT: "0",
  TILL_GATEWAY_METRICS_PORT: "0",
  TILL_WEBHOOK_SERVICE_PORT: "0",
  TILL_WEBHOOK_SERVICE_METRICS_PORT: "0",
};

/** An offset at which all of Till's ports are free. */
export async function freeOffset(): Promise<number> {
  for (;;) {
    const offset = randomInt(1, 15_000);
    const ports = Object.values(defaultPorts({ TILL_PORT_OFFSET: `${offset}` }));
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return offset;
  }
}
