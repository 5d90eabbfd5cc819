import { createClient } from "@connectrpc/connect";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import { grpcTransport, refuseForUpstream, type GrpcTransport } from "@till/rpc/client";
import { allow, implement, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import type { Sandbox } from "../../../sandbox/src/sandbox.ts";

/** A moment of a call to the inventory: before it has heard of it, or after it has done it and before it says so. */
export type Moment = {
  readonly when: `${"before" | "after"} ${"Reserve" | "Commit" | "Release"}`;
  readonly orderId: string;
};

export type InventoryDoor = {
  readonly address: string;
  /** What goes on behind the door, in order: `after Release` and so on. */
  readonly heard: Moment[];
  /** Names the sandbox behind the door. */
  open(sandbox: Sandbox): Promise<void>;
  /** What happens at each moment; what it throws, the caller gets. */
  misbehave(how: ((moment: Moment) => void | Promise<void>) | undefined): void;
  close(): Promise<void>;
};

/** A door before the sandbox's inventory at which calls can be held up, refused, or their callers killed. */
export async function inventoryDoor(): Promise<InventoryDoor> {
  const log = createLog({ service: "door", level: "silent" });
  const heard: Moment[] = [];
  let how: ((moment: Moment) => void | Promise<void>) | undefined;
  let transport: GrpcTransport | undefined;
  const meet = async (when: Moment["when"], orderId: string) => {
    heard.push({ when, orderId });
    await how?.({ when, orderId });
  };
  const inventory = () => createClient(InventoryService, transport!);
  const server = await serve({
    services: [
      implement(InventoryService, {
        checkAvailability: allow(["service"], (request) => inventory().checkAvailability(request)),
        reserve: allow(["service"], async (request) => {
          await meet("before Reserve", request.orderId);
          const answer = await inventory().reserve(request).catch(refused);
          await meet("after Reserve", request.orderId);
          return answer;
        }),
        commit: allow(["service"], async (request) => {
          await meet("before Commit", request.orderId);
          const answer = await inventory().commit(request).catch(refused);
          await meet("after Commit", request.orderId);
          return answer;
        }),
        release: allow(["service"], async (request) => {
          await meet("before Release", request.orderId);
          const answer = await inventory().release(request).catch(refused);
          await meet("after Release", request.orderId);
          return answer;
        }),
      }),
    ],
    host: "127.0.0.1",
    port: 0,
    verify: () => ({ id: "order", role: "service" }),
    log,
    metrics: createMetrics({ service: "door" }),
  });
  return {
    address: `127.0.0.1:${server.port}`,
    heard,
    async open(sandbox) {
      const answer = await fetch(`${sandbox.tokenUrl}?role=service&user=door`);
      const token = await answer.text();
      transport = grpcTransport({
        address: `127.0.0.1:${sandbox.grpcPort}`,
        token: () => Promise.resolve(token),
      });
    },
    misbehave: (next) => (how = next),
    async close() {
      how = undefined;
      transport?.close();
      await server.drain(0);
    },
  };
}

function refused(error: unknown): never {
  refuseForUpstream(error, "inventory");
}
