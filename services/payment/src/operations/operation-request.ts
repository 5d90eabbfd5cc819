import type { RequestKey } from "@till/rpc/request-key";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Money } from "@till/money";
import { amountFromProto, requireRequestKey, type Call } from "@till/rpc/server";
import type { ProtoMoney } from "@till/money";
import { appError } from "../rules/errors.ts";

/** The key of a request for an operation; two are the same when their kind and all but the key agree. */
export function requestKeyFrom<Schema extends DescMessage>(
  schema: Schema,
  request: MessageShape<Schema> & { readonly paymentId: string; readonly idempotencyKey: string },
  call: Call,
): RequestKey {
  const same = { ...request, paymentId: request.paymentId.toLowerCase() };
  return requireRequestKey(request.idempotencyKey, call, {
    prefix: `${schema.typeName} `,
    schema,
    request: same,
  });
}

/** Returns the requested amount; undefined for all that is left. Throws INVALID_ARGUMENT. */
export function amountFromRequest(value: ProtoMoney | undefined): Money | undefined {
  if (!value) return undefined;
  const amount = amountFromProto(value, "amount");
  if (amount.minorUnits > 0n) return amount;
  throw appError("INVALID_ARGUMENT", "must be more than zero", { field: "amount" });
}
