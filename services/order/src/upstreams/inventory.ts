import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import { unavailable, type Forward } from "./upstream-call.ts";

/**
 * Goods in stock. A reservation is named by its order's id, and every call may be repeated. Failures carry the
 * inventory's reason: OUT_OF_STOCK, PRODUCT_NOT_FOUND, RESERVATION_NOT_FOUND, RESERVATION_RELEASED …
 */
export type Inventory = {
  reserve(reservation: Reservation, call?: Forward): Promise<void>;
  commit(orderId: string): Promise<void>;
  release(orderId: string, call?: Forward): Promise<void>;
};

export type Reservation = {
  readonly orderId: string;
  /** Each product once. */
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
  readonly expiresAt: Date;
};

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
  };
}
