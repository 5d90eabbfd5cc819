import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { appError } from "../errors.ts";

type Name = Exclude<keyof typeof OrderStatus, "UNSPECIFIED">;

/** The names that a dialect has for the statuses of orders. */
export type StatusNames = {
  readonly of: (status: OrderStatus) => string;
  readonly all: readonly string[];
  /** Those that a request may set. */
  readonly settable: readonly string[];
};

/** Returns the names of a dialect: its own, for all others those of OrderStatus. */
export function statusNames(
  own: Readonly<Partial<Record<Name, string>>>,
  form = (name: string) => name,
): StatusNames {
  const nameOf = (name: Name) => form(own[name] ?? name);
  return {
    of: (status) => nameOf(OrderStatus[status] as Name),
    all: [...new Set(names.map(nameOf))],
    settable: [...new Set(settable.map(nameOf))],
  };
}

const names = Object.keys(OrderStatus).filter((name) => !/^(\d+|UNSPECIFIED)$/.test(name)) as Name[];

const settable: readonly Name[] = [
  ...(["READY_TO_SHIP", "SHIPPED", "DELIVERED", "COMPLETED", "RETURNED", "CANCELLED"] as const),
];

/** What other systems call a status to which an order can go. */
const aliases: Readonly<Record<string, Name>> = {
  PENDING: "PAYMENT_PENDING",
  CONFIRMED: "PAID",
  SUCCEEDED: "PAID",
  FAILED: "PAYMENT_FAILED",
  CANCELED: "CANCELLED",
};

/** Reads the status that a request sets: any name or alias, in any case. Throws INVALID_ARGUMENT. */
export function statusFromName(text: string): OrderStatus {
  const upper = text.toUpperCase().replace(/^ORDER_STATUS_/, "");
  const name = aliases[upper] ?? names.find((known) => known === upper);
  if (name) return OrderStatus[name];
  throw appError("INVALID_ARGUMENT", "is not a status of an order", { field: "status" });
}
