import type { OrderFilter, OrderStatus } from "@till/client/web";

/** Each status of an order, in the order of its life. */
export const statuses = [
  "CREATED",
  "PAYMENT_PENDING",
  "PAYMENT_FAILED",
  "PAID",
  "READY_TO_SHIP",
  "SHIPPED",
  "DELIVERED",
  "COMPLETED",
  "CANCELLED",
  "RETURNED",
  "REFUND_REQUESTED",
  "REFUND_PENDING",
  "REFUNDED",
] as const satisfies readonly OrderStatus[];

/** Filters that are a click away. */
export const views: readonly { readonly title: string; readonly statuses: readonly OrderStatus[] }[] = [
  { title: "All", statuses: [] },
  { title: "Unpaid", statuses: ["CREATED", "PAYMENT_PENDING", "PAYMENT_FAILED"] },
  { title: "Paid", statuses: ["PAID"] },
  { title: "Shipping", statuses: ["READY_TO_SHIP", "SHIPPED", "DELIVERED"] },
  { title: "Refunds", statuses: ["REFUND_REQUESTED", "REFUND_PENDING", "REFUNDED"] },
  { title: "Ended", statuses: ["COMPLETED", "CANCELLED", "RETURNED"] },
];

/** The parameters by which one item's orders are found. */
export const itemFilters = ["course", "session", "product"] as const;
/** Every parameter of the address that narrows the list. */
export const filterNames = ["status", "user", "from", "to", ...itemFilters] as const;

/** Reads the filter that an address has. What is not a status or a time is left out. */
export function filterOf(query: URLSearchParams): OrderFilter {
  const named = query.getAll("status");
  return {
    statuses: statuses.filter((status) => named.includes(status)),
    userId: query.get("user") ?? undefined,
    courseId: query.get("course") ?? undefined,
    sessionId: query.get("session") ?? undefined,
    productId: query.get("product") ?? undefined,
    createdAfter: timeOf(query.get("from")),
    createdBefore: timeOf(query.get("to")),
  };
}

function timeOf(text: string | null): Date | undefined {
  const time = new Date(text ?? "");
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** Returns the query with a parameter set, or without it where there is no value, on its first page. */
export function withParameter(query: URLSearchParams, name: string, values: readonly string[]) {
  const next = new URLSearchParams(query);
  next.delete("page");
  next.delete(name);
  for (const value of values) if (value !== "") next.append(name, value);
  return next;
}
