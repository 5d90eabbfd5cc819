import type { Order, OrderEvent, OrderItem } from "../order.ts";
import { minorUnitsOf } from "../money.ts";
import { aligned, formatMoney, formatTime } from "./layout.ts";

/** An order as a person reads it. */
export function describeOrder(order: Order): string[] {
  const amounts = [
    ["shipping", order.shippingFee],
    ["discount", order.discount],
    ["total", order.total],
    ["captured", order.captured],
    ["refunded", order.refunded],
  ] as const;
  const shown = amounts.filter(([name, money]) => name === "total" || minorUnitsOf(money) !== 0n);
  const rows = [
    ...order.items.map((item) => [`${item.quantity} × ${item.name}`, formatMoney(item.subtotal), idOf(item)]),
    ...shown.map(([name, money]) => [name, formatMoney(money)]),
  ];
  const facts = [
    ["user", order.userId],
    ["created", formatTime(order.createdAt)],
    ...(order.status === "CREATED" && order.expiresAt ? [["pay until", formatTime(order.expiresAt)]] : []),
    ...(order.cancelReason ? [["cancelled by", order.cancelReason]] : []),
    ...(order.refund ? [["refund", [order.refund.status, order.refund.reason ?? ""].join(" ").trim()]] : []),
    ...(order.trackingNumber ? [["tracking", `${order.carrier ?? ""} ${order.trackingNumber}`.trim()]] : []),
  ];
  return [
    `Order ${order.id}  ${order.status}`,
    ...aligned(facts).map((line) => `  ${line}`),
    ...aligned(rows).map((line) => `  ${line}`),
  ];
}

/** Orders as a table. */
export function describeOrders(orders: readonly Order[]): string[] {
  if (orders.length === 0) return ["no orders"];
  const rows = orders.map(({ id, status, total, createdAt, userId }) => [
    id,
    status,
    formatMoney(total),
    formatTime(createdAt),
    userId,
  ]);
  return aligned([["ORDER", "STATUS", "TOTAL", "CREATED", "USER"], ...rows]);
}

/** An entry of a history, on one line. */
export function describeEvent({ createdAt, type, to, actor, amount, reason }: OrderEvent): string {
  const rest = [amount ? formatMoney(amount) : "", reason ?? ""].filter((text) => text !== "").join("  ");
  return `${formatTime(createdAt)}  ${type.padEnd(20)}  ${to.padEnd(16)}  ${actor}  ${rest}`.trimEnd();
}

function idOf({ courseId, sessionId, productId }: OrderItem): string {
  return courseId ?? sessionId ?? productId ?? "";
}
