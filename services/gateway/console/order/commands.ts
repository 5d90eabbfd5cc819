import type { CommandOptions, OrderAction, Till } from "@till/client/web";

/** What an operator has filled in. */
export type CommandInput = {
  readonly reason: string;
  readonly carrier: string;
  readonly trackingNumber: string;
};

/** A command that the console can send, and what it needs to know. */
export type Command = {
  readonly title: string;
  /** What it does, before it is sent. */
  readonly effect: string;
  readonly isDangerous?: boolean;
  readonly fields: readonly (keyof CommandInput)[];
  readonly isReasonRequired?: boolean;
  send(till: Till, orderId: string, input: CommandInput, options: CommandOptions): Promise<unknown>;
};

type Step = "READY_TO_SHIP" | "SHIPPED" | "DELIVERED" | "COMPLETED" | "RETURNED";

const stepTitles: Readonly<Record<Step, string>> = {
  READY_TO_SHIP: "Mark ready to ship",
  SHIPPED: "Mark shipped",
  DELIVERED: "Mark delivered",
  COMPLETED: "Complete",
  RETURNED: "Record the return",
};

const commands: Readonly<Record<string, Command>> = {
  CancelOrder: {
    title: "Cancel the order",
    effect: "Cancels the order for good. What was captured is refunded in full.",
    isDangerous: true,
    fields: ["reason"],
    send: (till, orderId, { reason }, options) => till.orders.cancel(orderId, { ...options, reason }),
  },
  ExpireOrder: {
    title: "Expire now",
    effect: "Cancels the unpaid order as if its time were up, and releases what it has reserved.",
    isDangerous: true,
    fields: [],
    send: (till, orderId, _, options) => till.orders.expire(orderId, options),
  },
  RetryPayment: {
    title: "Open for another payment",
    effect: "Lets the order be paid again after a payment that failed.",
    fields: [],
    send: (till, orderId, _, options) => till.orders.retryPayment(orderId, options),
  },
  RequestRefund: {
    title: "Request a refund",
    effect: "Requests a refund; an admin decides on it.",
    fields: ["reason"],
    isReasonRequired: true,
    send: (till, orderId, { reason }, options) => till.orders.requestRefund(orderId, { reason }, options),
  },
  RejectRefund: {
    title: "Reject the refund",
    effect: "Rejects the requested refund. Its owner reads the reason.",
    isDangerous: true,
    fields: ["reason"],
    isReasonRequired: true,
    send: (till, orderId, { reason }, options) => till.orders.rejectRefund(orderId, { reason }, options),
  },
  CloseRefund: {
    title: "Withdraw the refund request",
    effect: "Ends the request without a refund: the order has the status of before again.",
    fields: ["reason"],
    send: (till, orderId, { reason }, options) => till.orders.closeRefund(orderId, { ...options, reason }),
  },
};

/** Returns the command of an action; undefined where the console has none: buyers pay, and refunds have a form. */
export function commandOf({ rpc, to }: OrderAction): Command | undefined {
  if (rpc !== "UpdateOrderStatus") return commands[rpc];
  if (to === undefined || !(to in stepTitles)) return undefined;
  const status = to as Step;
  return {
    title: stepTitles[status],
    effect: "Records the step in the order's history; its owner sees the new status.",
    fields: status === "SHIPPED" ? ["carrier", "trackingNumber", "reason"] : ["reason"],
    send: (till, orderId, { reason, carrier, trackingNumber }, options) =>
      till.orders.updateStatus(
        orderId,
        { status, reason, ...(status === "SHIPPED" && { carrier, trackingNumber }) },
        options,
      ),
  };
}
