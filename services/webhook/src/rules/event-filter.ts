import { orderEvents } from "@till/contracts/order-events";
import { paymentEvents } from "@till/contracts/payment-events";
import { appError } from "./errors.ts";

/** Every event that can be delivered. */
export const eventTypes: readonly string[] = [...Object.keys(orderEvents), ...Object.keys(paymentEvents)];

/** The filters that let an event through: its type, each of its prefixes, and `*`. */
export function filtersOf(type: string): string[] {
  const parts = type.split(".");
  const prefixes = parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join(".")}.*`);
  return [type, ...prefixes, "*"];
}

const known = new Set(eventTypes.flatMap(filtersOf));

/**
 * Reads an endpoint's filters, each once; none let every event through. Throws INVALID_ARGUMENT for one that lets no event
 * of Till's through.
 */
export function requireFilters(filters: readonly string[]): string[] {
  if (filters.length === 0) return ["*"];
  for (const [index, filter] of filters.entries())
    if (!known.has(filter)) {
      const message = `${JSON.stringify(filter)} is no event type, prefix.* or *`;
      throw appError("INVALID_ARGUMENT", message, { field: `event_types[${index}]` });
    }
  return [...new Set(filters)];
}
