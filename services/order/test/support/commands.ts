import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { v7 } from "uuid";
import { eur, newUser } from "../../../../test/support/fixtures.ts";
import type { CommandRequest } from "../../src/store/update-by-command.ts";
import type { Caller, Purchase, PurchaseEnvironment } from "./purchases.ts";
import { placeRefundRequested } from "./refunds.ts";

/** The caller of a command: the order's owner, or a client of the environment. */
export type Role = "buyer" | "admin" | "platform";

type Request = Partial<CommandRequest> & Readonly<Record<string, unknown>>;
type Response = ReturnType<Caller["cancelOrder"]>;

/** A command on an order: its caller, and an order on which it has an effect. */
export type Command = {
  readonly rpc: string;
  readonly by: Role;
  readonly place: (environment: PurchaseEnvironment, userId?: string) => Promise<Purchase>;
  readonly call: (
    client: Caller,
    request: Request,
    options?: Parameters<Caller["cancelOrder"]>[1],
  ) => Promise<Pick<Awaited<Response>, "order">>;
};

/** The client of a role on a purchase. */
export function clientOf(environment: PurchaseEnvironment, purchase: Purchase, role: Role): Caller {
  return role === "buyer" ? purchase.buyer : environment[role];
}

async function placeDeclined(environment: PurchaseEnvironment, userId?: string): Promise<Purchase> {
  const purchase = await environment.place(undefined, userId);
  await environment.decline(purchase);
  return purchase;
}

/** A payment for an order's slot, and its payer. */
const payment = { paymentId: v7(), userId: newUser(), amount: eur(10) };

/** Every command on an order, with a request that succeeds. */
export const commands: readonly Command[] = [
  {
    rpc: "CancelOrder",
    by: "buyer",
    place: (environment, userId) => environment.place(undefined, userId),
    call: (client, request, options) => client.cancelOrder(request, options),
  },
  {
    rpc: "ExpireOrder",
    by: "platform",
    place: (environment, userId) => environment.place(undefined, userId),
    call: (client, request, options) => client.expireOrder(request, options),
  },
  {
    rpc: "BeginPayment",
    by: "platform",
    place: (environment) => environment.place(undefined, payment.userId),
    call: (client, request, options) => client.beginPayment({ ...payment, ...request }, options),
  },
  {
    rpc: "RetryPayment",
    by: "buyer",
    place: placeDeclined,
    call: (client, request, options) => client.retryPayment(request, options),
  },
  {
    rpc: "UpdateOrderStatus",
    by: "platform",
    place: (environment, userId) => environment.placePaid(undefined, userId),
    call: (client, request, options) =>
      client.updateOrderStatus({ status: OrderStatus.COMPLETED, ...request }, options),
  },
  {
    rpc: "RequestRefund",
    by: "buyer",
    place: (environment, userId) => environment.placePaid(undefined, userId),
    call: (client, request, options) => client.requestRefund({ reason: "too hard", ...request }, options),
  },
  {
    rpc: "ApproveRefund",
    by: "admin",
    place: (environment, userId) => placeRefundRequested(environment, undefined, userId),
    call: (client, request, options) => client.approveRefund(request, options),
  },
  {
    rpc: "RejectRefund",
    by: "admin",
    place: (environment, userId) => placeRefundRequested(environment, undefined, userId),
    call: (client, request, options) => client.rejectRefund({ reason: "no", ...request }, options),
  },
  {
    rpc: "CloseRefund",
    by: "buyer",
    place: (environment, userId) => placeRefundRequested(environment, undefined, userId),
    call: (client, request, options) => client.closeRefund(request, options),
  },
];
