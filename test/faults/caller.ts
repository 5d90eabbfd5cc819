import { createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Pool } from "undici";
import type { CallerNews, ReadOrder } from "./beside.ts";

/** A well-behaved client in a thread of its own, that an attack from the main thread does not slow down. */
const { url, token, orderId, everyMs } = workerData as ReadOrder;
let isOver = false;
parentPort!.once("message", () => (isOver = true));

const readOrder = url.startsWith("http") ? overRest() : overGrpc();
while (!isOver) {
  const startedAt = performance.now();
  const failure = await readOrder().catch((error: unknown) => (error as Error).message);
  parentPort!.postMessage({ ms: performance.now() - startedAt, failure } satisfies CallerNews);
  await delay(everyMs);
}
process.exit();

function overRest(): () => Promise<string | undefined> {
  const pool = new Pool(url, { connections: 1, connect: { rejectUnauthorized: false } });
  return async () => {
    const headers = { authorization: `Bearer ${token}` };
    const { statusCode, body } = await pool.request({ method: "GET", path: `/orders/${orderId}`, headers });
    await body.dump();
    return statusCode === 200 ? undefined : `${statusCode}`;
  };
}

function overGrpc(): () => Promise<string | undefined> {
  const transport = grpcTransport({
    address: url.slice("grpc://".length),
    token: () => Promise.resolve(token),
    timeoutMs: 15_000,
    retries: false,
  });
  const orders = createClient(OrderService, transport);
  return async () => {
    await orders.getOrder({ orderId });
    return undefined;
  };
}
