import { createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { grpcTransport } from "../src/client.ts";
import { reasonOf } from "../src/errors.ts";
import { allow, serve, type Call } from "../src/server.ts";
import { id } from "./user-server.ts";

describe("A stream that a caller keeps open", () => {
  it("ends UNAUTHENTICATED when the caller's token expires", async () => {
    let isAborted = false;
    const watchOnly = { ...OrderService, methods: [OrderService.method.watchOrder] };
    async function* watch(_request: unknown, call: Call) {
      yield {};
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      isAborted = true;
    }
    const service = { service: watchOnly, rpcs: { watchOrder: allow(["user"], watch) } };
    const server = await serve({
      services: [service],
      host: "127.0.0.1",
      port: 0,
      verify: () => ({ id, role: "user", tokenExpiresAtMs: Date.now() + 300 }),
      log: createLog({ service: "test", level: "silent" }),
      metrics: createMetrics({ service: "test" }),
      reflection: false,
    });
    const transport = grpcTransport({
      address: `127.0.0.1:${server.port}`,
      token: () => Promise.resolve("token"),
    });
    let received = 0;
    let reason: string | undefined;
    try {
      const watched = createClient(OrderService, transport).watchOrder({ orderId: id });
      for await (const { $typeName: type } of watched) received += type ? 1 : 0;
    } catch (error) {
      reason = reasonOf(error);
    }
    expect([received, reason, isAborted]).to.deep.equal([1, "UNAUTHENTICATED", true]);
    transport.close();
    await server.drain(100);
  });
});
