import { createClient, type Client } from "@connectrpc/connect";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { inheritedEnv } from "../../../../test/support/inherited-env.ts";
import type { PaymentEnvironment } from "./payment-service.ts";

/** A payment service in a process of its own, on an environment's database, for a test to kill. */
export type CrashingPaymentService = {
  readonly client: Client<typeof PaymentService>;
  readonly pid: number;
  /** kill -9. */
  readonly kill: () => void;
  /** Resolves when the process has ended. */
  readonly exited: Promise<unknown>;
};

/** Starts one; `env` overrides the environment's settings. */
export async function startCrashingPaymentService(
  environment: PaymentEnvironment,
  { user, role, env = {} }: { user: string; role: Role; env?: Record<string, string> },
): Promise<CrashingPaymentService> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/payment-process.ts`], {
    env: { ...inheritedEnv, ...environment.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  const token = await environment.token(`user=${user}&role=${role}`);
  const transport = grpcTransport({
    address: `127.0.0.1:${String(port).trim()}`,
    token: () => Promise.resolve(token),
    timeoutMs: 10_000,
    retries: false,
  });
  const exited = once(child, "exit").then(() => transport.close());
  return {
    client: createClient(PaymentService, transport),
    pid: child.pid!,
    kill: () => void child.kill("SIGKILL"),
    exited,
  };
}
