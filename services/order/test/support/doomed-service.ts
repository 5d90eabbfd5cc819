import { createClient, type Client } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { OrderWorld } from "./order-world.ts";

/** An order service in a process of its own, next to the world's and on its database. */
export type DoomedService = {
  /** Calls it as a user, once: what is not answered is not asked again. */
  as(user: string): Promise<Client<typeof OrderService>>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
};

/** Starts one. `env` overrides the world's settings. */
export async function doomedService(
  world: OrderWorld,
  env: Record<string, string> = {},
): Promise<DoomedService> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/order-process.ts`], {
    env: { ...world.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  const address = `127.0.0.1:${String(printed).trim()}`;
  const transports: { close(): void }[] = [];
  return {
    async as(user) {
      const token = await world.token(`user=${user}`);
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
