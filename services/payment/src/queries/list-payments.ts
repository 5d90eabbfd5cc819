import type { ListPaymentsRequest, PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { canonicalId } from "@till/ids";
import {
  idFromPageToken,
  pageOf,
  pageTokenFor,
  timeFromProto,
  type Caller,
  type UnaryHandler,
} from "@till/rpc/server";
import type { PaymentFilters, PaymentQueries } from "../store/payment-queries.ts";
import { appError } from "../rules/errors.ts";
import { statusesFromProto } from "./status-filter.ts";
import { paymentToProto } from "./payment-to-proto.ts";

/** PaymentService.ListPayments: newest first, a keyset page at a time. */
export function listPaymentsRpc({
  queries,
}: {
  readonly queries: Pick<PaymentQueries, "list">;
}): UnaryHandler<typeof PaymentService.method.listPayments> {
  return async (request, { caller }) => {
    const filters = filtersOf(request, caller);
    const pageSize = request.pageSize || 50;
    const before = idFromPageToken(request.pageToken, filters);
    // One more than the page tells whether there is a next one, without counting.
    const rows = await queries.list(filters, before, pageSize + 1);
    const { messages, nextPageToken } = pageOf(rows, {
      pageSize,
      toMessage: (payment) => paymentToProto(payment, caller),
      tokenAfter: ({ id }) => pageTokenFor(id, filters),
    });
    return { payments: messages, nextPageToken };
  };
}

function filtersOf(request: ListPaymentsRequest, caller: Caller): PaymentFilters {
  return {
    orderId: request.orderId.toLowerCase() || undefined,
    reference: request.reference || undefined,
    userId: ownerFilter(canonicalId(request.userId), caller),
    statuses: statusesFromProto(request.statuses),
    createdAfter: request.createdAfter && timeFromProto(request.createdAfter, "created_after").toISOString(),
    createdBefore:
      request.createdBefore && timeFromProto(request.createdBefore, "created_before").toISOString(),
  };
}

/** A user lists its own payments only; other callers may name a user. */
function ownerFilter(userId: string, caller: Caller): string | undefined {
  if (caller.role !== "user") return userId || undefined;
  if (userId && userId !== caller.id)
    throw appError("PERMISSION_DENIED", "a user lists its own payments only");
  return caller.id;
}
