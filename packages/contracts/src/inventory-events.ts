import { z } from "zod";
import type { EventContract } from "./event-contract.ts";
import { externalId, time, uuid, whole } from "./fields.ts";

/** The Kafka topic of the inventory's events. */
export const inventoryTopic = "inventory.events";

/** Every event that the order service reads from the inventory. */
export const inventoryEvents = {
  "inventory.stock_release_processed": {
    when: "the goods reserved for an order are back in stock",
    alsoCalled: [],
    versionOf: "the release",
    body: z.object({
      orderId: uuid,
      releasedAt: time,
      lines: z.array(z.object({ productId: externalId, quantity: whole })).optional(),
    }),
  },
} as const satisfies Readonly<Record<string, EventContract>>;
