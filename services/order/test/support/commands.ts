import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { v7 } from "uuid";
import type { CommandRequest } from "../../src/store/update-by-command.ts";
import { buyer } from "./order-world.ts";
import { eur, type Caller, type StoryWorld, type Tale } from "./flow-world.ts";

/** Who gives a command, as a client of a story. */
export type Role = "buyer" | "admin" | "platform";

type Ask = Partial<CommandRequest> & Readonly<Record<string, unknown>>;
type Answer = ReturnType<Caller["cancelOrder"]>;

/** A command on an order: who gives it, and an order on which it has an effect. */
export type Command = {
  readonly rpc: string;
  readonly by: Role;
  readonly order: (till: StoryWorld, userId?: string) => Promise<Tale>;
  readonly call: (
    client: Caller,
    ask: Ask,
    options?: Parameters<Caller["cancelOrder"]>[1],
  ) => Promise<Pick<Awaited<Answer>, "order">>;
};

export function clientOf(till: StoryWorld, tale: Tale, role: Role): Caller {
  return role === "buyer" ? tale.buyer : till[role];
}

async function failed(till: StoryWorld, userId?: string): Promise<Tale> {
  const tale = await till.place(undefined, userId);
  await till.decline(tale);
  return tale;
}

async function asked(till: StoryWorld, userId?: string): Promise<Tale> {
  const tale = await till.placePaid(undefined, userId);
  await tale.buyer.requestRefund({ orderId: tale.orderId, reason: "too hard" });
  return tale;
}

/** A payment that wants an order's slot, and who makes it. */
const payment = { paymentId: v7(), userId: buyer(), amount: eur(10) };

/** Every command on an order, with a request that nothing speaks against. */
export const commands: readonly Command[] = [
  {
    rpc: "CancelOrder",
    by: "buyer",
    order: (till, userId) => till.place(undefined, userId),
    call: (client, ask, options) => client.cancelOrder(ask, options),
  },
  {
    rpc: "ExpireOrder",
    by: "platform",
    order: (till, userId) => till.place(undefined, userId),
    call: (client, ask, options) => client.expireOrder(ask, options),
  },
  {
    rpc: "BeginPayment",
    by: "platform",
    order: (till) => till.place(undefined, payment.userId),
    call: (client, ask, options) => client.beginPayment({ ...payment, ...ask }, options),
  },
  {
    rpc: "RetryPayment",
    by: "buyer",
    order: failed,
    call: (client, ask, options) => client.retryPayment(ask, options),
  },
  {
    rpc: "UpdateOrderStatus",
    by: "platform",
    order: (till, userId) => till.placePaid(undefined, userId),
    call: (client, ask, options) =>
      client.updateOrderStatus({ status: OrderStatus.COMPLETED, ...ask }, options),
  },
  {
    rpc: "RequestRefund",
    by: "buyer",
    order: (till, userId) => till.placePaid(undefined, userId),
    call: (client, ask, options) => client.requestRefund({ reason: "too hard", ...ask }, options),
  },
  {
    rpc: "ApproveRefund",
    by: "admin",
    order: asked,
    call: (client, ask, options) => client.approveRefund(ask, options),
  },
  {
    rpc: "RejectRefund",
    by: "admin",
    order: asked,
    call: (client, ask, options) => client.rejectRefund({ reason: "no", ...ask }, options),
  },
  {
    rpc: "CloseRefund",
    by: "buyer",
    order: asked,
    call: (client, ask, options) => client.closeRefund(ask, options),
  },
];
