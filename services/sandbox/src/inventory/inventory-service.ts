import { timestampMs } from "@bufbuild/protobuf/wkt";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import { canonicalId } from "@till/ids";
import { allow, implement, type Implementation } from "@till/rpc/server";
import { appError } from "../errors.ts";
import { findAll } from "../find-all.ts";
import type { Inventory } from "./inventory.ts";
import type { ReleaseEvents } from "./release-events.ts";
import type { StockLine } from "./stock-levels.ts";

const callers = ["service", "admin"] as const;

/** Serves till.inventory.v1.InventoryService; publishes releases where a publisher is given. */
export function inventoryService(inventory: Inventory, releases?: ReleaseEvents): Implementation {
  return implement(InventoryService, {
    checkAvailability: allow(callers, ({ productIds }) => {
      return Promise.resolve({ products: findAll(productIds, (id) => inventory.stockOf(id)) });
    }),
    reserve: allow(callers, ({ orderId, lines, expiresAt }) => {
      inventory.reserve({
        orderId: orderId.toLowerCase(),
        lines: linesFromProto(lines),
        expiresAt: timestampMs(expiresAt!),
      });
      return Promise.resolve({});
    }),
    commit: allow(callers, ({ orderId }) => {
      inventory.commit(orderId.toLowerCase());
      return Promise.resolve({});
    }),
    release: allow(callers, ({ orderId }, call) => {
      const released = inventory.release(orderId.toLowerCase());
      releases?.publish(released, call.traceparent);
      return Promise.resolve({});
    }),
    releaseLines: allow(callers, ({ orderId, releaseId, lines }) => {
      inventory.releaseLines({ orderId: orderId.toLowerCase(), releaseId, lines: linesFromProto(lines) });
      return Promise.resolve({});
    }),
  });
}

function linesFromProto(lines: readonly StockLine[]): StockLine[] {
  const quantities = new Map(lines.map(({ productId, quantity }) => [canonicalId(productId), quantity]));
  if (quantities.size < lines.length)
    throw appError("INVALID_ARGUMENT", "each product once", { field: "lines" });
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}
