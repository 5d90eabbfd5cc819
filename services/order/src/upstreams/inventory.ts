import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import type { Inventory } from "./ports.ts";
import { unavailable } from "./upstream-call.ts";

/** The platform's inventory over gRPC. */
export function inventoryOver(transport: Transport): Inventory {
  const client = createClient(InventoryService, transport);
  const failed = unavailable("inventory");
  return {
    async reserve({ orderId, lines, expiresAt }, call) {
      const request = { orderId, lines: [...lines], expiresAt: timestampFromDate(expiresAt) };
      await client.reserve(request, call).catch(failed);
    },
    async commit(orderId) {
      await client.commit({ orderId }).catch(failed);
    },
    async release(orderId, call) {
      await client.release({ orderId }, call).catch(failed);
    },
    async releaseLines({ orderId, releaseId, lines }) {
      await client.releaseLines({ orderId, releaseId, lines: [...lines] }).catch(failed);
    },
  };
}
