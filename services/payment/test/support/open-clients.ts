import { createClient, type Client } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { ada } from "../../../../test/support/fixtures.ts";

/** Clients of both services, by their caller: without a name Ada. */
export type Clients = {
  readonly orders: (user?: string, role?: Role) => Client<typeof OrderService>;
  readonly payments: (user?: string, role?: Role, replica?: number) => Client<typeof PaymentService>;
  /** A token of the sandbox. */
  readonly token: (query: string) => Promise<string>;
  readonly close: () => void;
};

type Options = {
  readonly tokenUrl: string;
  readonly orderPort: number;
  /** Of each replica. */
  readonly paymentPorts: readonly number[];
};

/** Opens a channel at the first call of each caller, and keeps it. */
export function openClients({ tokenUrl, orderPort, paymentPorts }: Options): Clients {
  const token = async (query: string) => (await fetch(`${tokenUrl}?${query}`)).text();
  const transports = new Map<string, GrpcTransport>();
  function transportTo(port: number, user: string, role: Role): GrpcTransport {
    const name = `${port} ${user} ${role}`;
    const known = transports.get(name);
    if (known) return known;
    const bearer = token(`user=${user}&role=${role}`);
    const address = `127.0.0.1:${port}`;
    const transport = grpcTransport({ address, token: () => bearer, timeoutMs: 10_000, retries: false });
    transports.set(name, transport);
    return transport;
  }
  return {
    token,
    orders: (user = ada, role = "user") => createClient(OrderService, transportTo(orderPort, user, role)),
    payments: (user = ada, role = "user", replica = 0) =>
      createClient(PaymentService, transportTo(paymentPorts[replica]!, user, role)),
    close: () => transports.forEach((transport) => transport.close()),
  };
}
