import { createClient } from "@connectrpc/connect";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import { grpcTransport, type GrpcTransport, upstreamError } from "@till/rpc/client";
import { allow, implement, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import type { Sandbox } from "../../../sandbox/src/sandbox.ts";

/** A point of a call to the inventory: before the inventory gets it, or before the caller gets the response. */
export type CallPoint = {
  readonly when: `${"before" | "after"} ${"Reserve" | "Commit" | "Release" | "ReleaseLines"}`;
  readonly orderId: string;
};

type Intercept = (point: CallPoint) => void | Promise<void>;

/** In front of the sandbox's inventory: delays or rejects calls, or lets a test kill their caller. */
export type InventoryProxy = {
  readonly address: string;
  /** All points that calls have come to, in order. */
  readonly calls: CallPoint[];
  /** Names the sandbox that calls are passed to. */
  connect(sandbox: Sandbox): Promise<void>;
  /** From now on runs at each point; the caller gets what it throws. Undefined passes all calls. */
  intercept(how: Intercept | undefined): void;
  close(): Promise<void>;
};

/** Starts it on a free port. */
export async function startInventoryProxy(): Promise<InventoryProxy> {
  const log = createLog({ service: "inventory", level: "silent" });
  const calls: CallPoint[] = [];
  let how: Intercept | undefined;
  let transport: GrpcTransport | undefined;
  const inventory = () => createClient(InventoryService, transport!);

  async function passThrough<Response>(
    rpc: "Reserve" | "Commit" | "Release" | "ReleaseLines",
    orderId: string,
    call: () => Promise<Response>,
  ): Promise<Response> {
    const comeTo = async (when: CallPoint["when"]) => {
      calls.push({ when, orderId });
      await how?.({ when, orderId });
    };
    await comeTo(`before ${rpc}`);
    const response = await call().catch((error: unknown) => {
      throw upstreamError(error, "inventory");
    });
    await comeTo(`after ${rpc}`);
    return response;
  }

  const server = await serve({
    services: [
      implement(InventoryService, {
        checkAvailability: allow(["service"], (request) => inventory().checkAvailability(request)),
        reserve: allow(["service"], (request) =>
          passThrough("Reserve", request.orderId, () => inventory().reserve(request)),
        ),
        commit: allow(["service"], (request) =>
          passThrough("Commit", request.orderId, () => inventory().commit(request)),
        ),
        release: allow(["service"], (request) =>
          passThrough("Release", request.orderId, () => inventory().release(request)),
        ),
        releaseLines: allow(["service"], (request) =>
          passThrough("ReleaseLines", request.orderId, () => inventory().releaseLines(request)),
        ),
      }),
    ],
    host: "127.0.0.1",
    port: 0,
    verify: () => ({ id: "order", role: "service" }),
    log,
    metrics: createMetrics({ service: "inventory" }),
  });
  return {
    address: `127.0.0.1:${server.port}`,
    calls,
    async connect(sandbox) {
      const response = await fetch(`${sandbox.tokenUrl}?role=service&user=inventory-proxy`);
      const token = await response.text();
      transport = grpcTransport({
        address: `127.0.0.1:${sandbox.grpcPort}`,
        token: () => Promise.resolve(token),
      });
    },
    intercept: (next) => (how = next),
    async close() {
      how = undefined;
      transport?.close();
      await server.drain(0);
    },
  };
}
