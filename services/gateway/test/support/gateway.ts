import { createLog, createMetrics } from "@till/telemetry";
import { gatewayConfig, startGateway } from "../../src/start.ts";
import { startPaymentSystem } from "../../../../test/support/payment-system.ts";
import type { Role } from "@till/rpc/server";

/** The gateway before both services, with the sandbox behind them. */
export type GatewaySystem = Awaited<ReturnType<typeof startGatewaySystem>>;

/** Starts it. `env` has settings of the gateway. */
export async function startGatewaySystem(env: Readonly<Record<string, string>> = {}) {
  await using starting = new AsyncDisposableStack();
  const system = await startPaymentSystem({ env: { TILL_TRUSTED_PROXIES: "127.0.0.1" } });
  starting.defer(() => system.stop());
  const { orderAddress, paymentAddress, jwksUrl, tokenUrl } = system;
  const gateway = await startTestGateway({
    TILL_ORDER_ADDRESS: orderAddress,
    TILL_PAYMENT_ADDRESS: paymentAddress,
    TILL_JWKS_URL: jwksUrl,
    TILL_SANDBOX_TOKEN_URL: tokenUrl,
    ...env,
  });
  starting.defer(() => gateway.stop());
  const tokens = new Map<string, Promise<string>>();
  const running = starting.move();
  return {
    ...system,
    ...gateway,
    /** The authorization header of a caller. */
    async bearer(user: string, role: Role = "user"): Promise<{ authorization: string }> {
      const name = `${user} ${role}`;
      const token = tokens.get(name) ?? system.token(user, role);
      tokens.set(name, token);
      return { authorization: `Bearer ${await token}` };
    },
    stop: () => running.disposeAsync(),
  };
}

/** Starts a gateway alone, on free ports. */
export async function startTestGateway(env: Readonly<Record<string, string>>) {
  const metrics = createMetrics({ service: "gateway" });
  const gateway = await startGateway({
    config: gatewayConfig({ TILL_PORT: "0", TILL_METRICS_PORT: "0", ...env }),
    log: createLog({ service: "gateway", level: "silent" }),
    metrics,
  });
  const scheme = env["TILL_GATEWAY_TLS_CERT"] === undefined ? "http" : "https";
  return {
    url: `${scheme}://127.0.0.1:${gateway.port}`,
    port: gateway.port,
    metrics,
    stop: () => gateway.stop(),
  };
}
