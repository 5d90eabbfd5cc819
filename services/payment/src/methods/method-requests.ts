import type { RequestKey } from "@till/rpc/request-key";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { canonicalId } from "@till/ids";
import { idempotencyKeyOf, requestKey, type Call, type Caller } from "@till/rpc/server";
import { contextOf } from "../rules/decision.ts";
import type { MethodChange, PaymentMethods } from "../store/payment-methods.ts";
import { appError } from "../rules/errors.ts";
import { cardView } from "../queries/masking.ts";
import { methodNotFound, type PaymentMethod } from "../rules/payment-method.ts";

/** A payment method as this caller may see it. */
export function methodToProto({ id, userId, card, isDefault, createdAt }: PaymentMethod, caller: Caller) {
  const shown = cardView(card, caller);
  return { id, userId, isDefault, createdAt: timestampFromDate(createdAt), ...(shown && { card: shown }) };
}

/** Returns whose cards a request is about: the caller's own, or those of the user that a service or an admin names. */
export function cardHolder(userId: string, { caller }: Call): string {
  const requested = canonicalId(userId);
  if (caller.role !== "user") {
    if (requested) return requested;
    throw appError("INVALID_ARGUMENT", `must be named by a caller with role ${caller.role}`, {
      field: "user_id",
    });
  }
  if (requested && requested !== caller.id)
    throw appError("PERMISSION_DENIED", "a user may read and change its own payment methods only");
  return caller.id;
}

/** Returns the key of a change. The RPC's name is part of its hash. */
export function methodRequestKey(key: string, call: Call, content: readonly unknown[]): RequestKey {
  return requestKey(key, call, JSON.stringify([call.method, ...content]));
}

/**
 * Returns a change to an existing card. Throws PAYMENT_METHOD_NOT_FOUND, to a user also for another user's card.
 */
export async function changeOf(
  deps: { readonly methods: Pick<PaymentMethods, "find">; readonly now: () => Date },
  { paymentMethodId, idempotencyKey }: { readonly paymentMethodId: string; readonly idempotencyKey: string },
  call: Call,
): Promise<MethodChange & { readonly methodId: string }> {
  const methodId = paymentMethodId.toLowerCase();
  const key = idempotencyKeyOf(idempotencyKey, call);
  const method = await deps.methods.find(methodId);
  if (!method) throw methodNotFound(methodId);
  if (call.caller.role === "user" && method.userId !== call.caller.id) throw methodNotFound(methodId, true);
  const request = key === undefined ? undefined : methodRequestKey(key, call, [methodId]);
  return { methodId, userId: method.userId, request, ...contextOf(call, deps.now()) };
}
