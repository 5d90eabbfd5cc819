import { createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { freePorts } from "../../../test/support/free-ports.ts";
import { localConfig } from "../src/config.ts";
import { startSystem } from "../src/start-system.ts";

export const ada = "018f0000-0000-7000-8000-0000000000a1";

export type EmbeddedSystem = Awaited<ReturnType<typeof startEmbeddedSystem>>;

/** What `npm start` starts, on free ports, with clients for any user and role. */
export async function startEmbeddedSystem(env: Readonly<Record<string, string>>) {
  const system = await startSystem(
    localConfig({ ...freePorts, TILL_LOG_LEVEL: "silent", ...env }),
    () => undefined,
  );
  const opened = new AsyncDisposableStack();
  opened.defer(() => system.stop());

  function connect(address: string, user: string, role: Role) {
    const token = fetch(`${system.tokenUrl}?user=${user}&role=${role}`).then((answer) => answer.text());
    const transport = grpcTransport({ address, token: () => token, timeoutMs: 15_000 });
    opened.defer(() => transport.close());
    return transport;
  }

  return {
    ...system,
    ordersAs: (user: string, role: Role = "user") =>
      createClient(OrderService, connect(system.orderAddress, user, role)),
    paymentsAs: (user: string, role: Role = "user") =>
      createClient(PaymentService, connect(system.paymentAddress, user, role)),
    /** GET of an HTTP endpoint of the sandbox. */
    async get<Answer>(path: string): Promise<Answer> {
      return (await (await fetch(new URL(path, system.tokenUrl))).json()) as Answer;
    },
    stop: () => opened.disposeAsync(),
  };
}
