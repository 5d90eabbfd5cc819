import { createClient, type Client } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { Pool } from "undici";

/** Over gRPC the order service is called, over the others the gateway before it. */
export const protocols = ["gRPC", "REST", "Connect"] as const;
export type Protocol = (typeof protocols)[number];

type Target = { readonly port: number; readonly token: string; readonly connections: number };

/** The two calls that are measured, with the same content over each protocol. */
export type OrderCalls = {
  /** Creates an order of a user of its own; returns its id. */
  createOrder(): Promise<string>;
  getOrder(orderId: string): Promise<void>;
  close(): void | Promise<void>;
};

/** Opens the calls over a protocol. Each throws where its response is not an order. */
export function openOrderCalls(protocol: Protocol, { port, token, connections }: Target): OrderCalls {
  const headers = { authorization: `Bearer ${token}` };
  if (protocol === "REST")
    return overRest(new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 }), headers);
  if (protocol === "Connect") {
    const transport = createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "1.1" });
    return { ...overRpc(createClient(OrderService, transport), headers), close: () => undefined };
  }
  const transport = grpcTransport({ address: `127.0.0.1:${port}`, timeoutMs: 15_000, retries: false });
  return { ...overRpc(createClient(OrderService, transport), headers), close: () => transport.close() };
}

const newUser = () => `018f0000-0000-7000-9000-${newId().slice(24)}`;
const course = "018f0000-0000-7000-a000-000000000001";

function overRpc(orders: Client<typeof OrderService>, headers: Record<string, string>) {
  return {
    async createOrder() {
      const request = { userId: newUser(), items: [{ item: { case: "courseId" as const, value: course } }] };
      const { order } = await orders.createOrder(request, {
        headers: { ...headers, "idempotency-key": newId() },
      });
      return order!.id;
    },
    async getOrder(orderId: string) {
      const { order } = await orders.getOrder({ orderId }, { headers });
      if (order?.id !== orderId) throw new Error("GetOrder returned another order");
    },
  };
}

function overRest(pool: Pool, headers: Record<string, string>): OrderCalls {
  return {
    async createOrder() {
      const { statusCode, body } = await pool.request({
        ...{ method: "POST", path: "/orders" },
        headers: { ...headers, "content-type": "application/json", "idempotency-key": newId() },
        body: JSON.stringify({ userId: newUser(), items: [{ courseId: course }] }),
      });
      if (statusCode !== 201) throw new Error(`POST /orders: ${statusCode} ${await body.text()}`);
      return ((await body.json()) as { id: string }).id;
    },
    async getOrder(orderId) {
      const { statusCode, body } = await pool.request({ method: "GET", path: `/orders/${orderId}`, headers });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`GET /orders/${orderId}: ${statusCode} ${text}`);
    },
    close: () => pool.close(),
  };
}
