import {
  StartReconciliationRequestSchema,
  type PaymentService,
  type StartReconciliationRequest,
} from "@till/gen/till/payment/v1/payment_service_pb";
import { requireRequestKey, timeFromProto, type Call, type UnaryHandler } from "@till/rpc/server";
import { contextOf } from "../rules/decision.ts";
import type { Reconciler } from "./reconciler.ts";
import { appError } from "../rules/errors.ts";
import type { NewRun } from "./reconciler.ts";
import { reconciliationToProto } from "./reconciliation-to-proto.ts";

/** PaymentService.StartReconciliation */
export function startReconciliationRpc(deps: {
  readonly reconciler: Pick<Reconciler, "start">;
  readonly now: () => Date;
}): UnaryHandler<typeof PaymentService.method.startReconciliation> {
  return async (request, call) => {
    const context = contextOf(call, deps.now());
    const requested = newRunFromProto(request, call, context.now);
    call.requireTime();
    return { reconciliation: reconciliationToProto(await deps.reconciler.start(requested, context)) };
  };
}

function newRunFromProto(request: StartReconciliationRequest, call: Call, now: Date): NewRun {
  const hashed = { prefix: "", schema: StartReconciliationRequestSchema, request };
  const key = requireRequestKey(request.idempotencyKey, call, hashed);
  const { createdAfter, createdBefore } = request;
  const from = createdAfter ? timeFromProto(createdAfter, "created_after") : new Date(now.getTime() - dayMs);
  const until = createdBefore
    ? timeFromProto(createdBefore, "created_before")
    : new Date(now.getTime() - minuteMs);
  if (from >= until)
    throw appError("INVALID_ARGUMENT", "must be after created_after", { field: "created_before" });
  return { from, until, repairs: request.repair, request: key };
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
