import { type Client, createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { inheritedEnv } from "../../../../test/support/inherited-env.ts";
import type { OrderEnvironment } from "./order-service.ts";

/** An order service in a process of its own, on an environment's database, for a test to kill. */
export type CrashingOrderService = {
  /** A client of a user that does not retry. */
  as(user: string): Promise<Client<typeof OrderService>>;
  /** kill -9; resolves when the process has ended. */
  kill(): Promise<void>;
};

/** Starts one. `env` overrides the environment's settings. */
export async function startCrashingOrderService(
  environment: OrderEnvironment,
  env: Record<string, string> = {},
): Promise<CrashingOrderService> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/order-process.ts`], {
    env: { ...inheritedEnv, ...environment.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  const address = `127.0.0.1:${String(printed).trim()}`;
  const transports: { close(): void }[] = [];
  return {
    async as(user) {
      const token = await environment.token(`user=${user}`);
      const transport = grpcTransport({
        address,
        token: () => Promise.resolve(token),
        timeoutMs: 15_000,
        retries: false,
      });
      transports.push(transport);
      return createClient(OrderService, transport);
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
      transports.forEach((transport) => transport.close());
    },
  };
}
