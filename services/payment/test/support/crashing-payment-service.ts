import { createClient, type Client } from "@connectrpc/connect";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { PaymentWorld } from "./payment-service.ts";

/** A payment service of its own, next to the world's, that is there to be killed. */
export type DyingPayments = {
  readonly client: Client<typeof PaymentService>;
  /** kill -9. */
  readonly kill: () => void;
  /** Resolves when it is dead. */
  readonly died: Promise<unknown>;
};

/** Starts one on the world's database; `env` overrides its settings. */
export async function startDyingPayments(
  world: PaymentWorld,
  { user, role, env = {} }: { user: string; role: Role; env?: Record<string, string> },
): Promise<DyingPayments> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/payment-process.ts`], {
    env: { ...world.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  const token = await world.token(`user=${user}&role=${role}`);
  const transport = grpcTransport({
    address: `127.0.0.1:${String(port).trim()}`,
    token: () => Promise.resolve(token),
    timeoutMs: 10_000,
    retries: false,
  });
  const died = once(child, "exit").then(() => transport.close());
  return { client: createClient(PaymentService, transport), kill: () => void child.kill("SIGKILL"), died };
}
