import { newId } from "@till/ids";
import { euros } from "./payment-operations.ts";
import { shop, type PaymentWorld } from "./payment-service.ts";

/** A payment of 49 euros for an order of a user of its own. */
export async function payOf(world: PaymentWorld, user: string, token = "tok_approve") {
  const { payment } = await world.pay(await world.place(user), token, { user });
  return payment!;
}

/** The same, only held. */
export async function holdOf(world: PaymentWorld, user: string, token = "tok_approve") {
  const method = { case: "paymentToken" as const, value: token };
  const request = { orderId: await world.place(user), amount: euros(49), method, idempotencyKey: newId() };
  return (await world.payments(user).authorizePayment(request)).payment!;
}

/** Gives money of a payment back. */
export function refundOf(world: PaymentWorld, paymentId: string, amount: number) {
  const request = { paymentId, amount: euros(amount), idempotencyKey: newId() };
  return world.payments(shop, "service").refundPayment(request);
}
