import { hash } from "node:crypto";
import { toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { Money } from "@till/money";
import { amountFromProto, requireIdempotencyKey, type Call } from "@till/rpc/server";
import type { ProtoMoney } from "@till/money";
import { appError } from "../rules/errors.ts";
import type { RequestKey } from "../rules/payment.ts";

/** The key of a request for an operation; two are the same when their kind and all but the key agree. */
export function requestKeyFrom<Schema extends DescMessage>(
  schema: Schema,
  request: MessageShape<Schema> & { readonly paymentId: string; readonly idempotencyKey: string },
  call: Call,
): RequestKey {
  const key = requireIdempotencyKey(request.idempotencyKey, call);
  const bytes = toBinary(schema, {
    ...request,
    paymentId: request.paymentId.toLowerCase(),
    idempotencyKey: "",
  });
  const digest = hash("sha256", Buffer.concat([Buffer.from(`${schema.typeName} `), bytes]), "base64url");
  return { callerId: call.caller.id, key, hash: digest };
}

/** How much, or undefined for all that is left. Throws INVALID_ARGUMENT. */
export function amountFromRequest(value: ProtoMoney | undefined): Money | undefined {
  if (!value) return undefined;
  const amount = amountFromProto(value, "amount");
  if (amount.minorUnits > 0n) return amount;
  throw appError("INVALID_ARGUMENT", "must be more than zero", { field: "amount" });
}
