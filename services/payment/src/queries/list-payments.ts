import type { ListPaymentsRequest, PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import {
  idFromPageToken,
  pageTokenFor,
  timeFromProto,
  type Caller,
  type UnaryHandler,
} from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { appError } from "../rules/errors.ts";
import type { PaymentStatus } from "../rules/payment.ts";
import { paymentFromRow, type PaymentRow } from "../store/payment-rows.ts";
import { paymentColumns, wasAdmitted } from "../store/statements.ts";
import { statusesFromProto } from "./status-filter.ts";
import { paymentToProto } from "./payment-to-proto.ts";

/** PaymentService.ListPayments: newest first, a keyset page at a time. */
export function listPaymentsRpc(
  deps: Pick<Deps, "db">,
): UnaryHandler<typeof PaymentService.method.listPayments> {
  return async (request, { caller }) => {
    const filters = filtersOf(request, caller);
    const pageSize = request.pageSize || 50;
    const before = idFromPageToken(request.pageToken, filters);
    // One more than the page tells whether there is a next one, without counting.
    const { text, params } = listStatement(filters, before, pageSize + 1);
    const { rows } = await deps.db.pool.query<PaymentRow>(text, params);
    const page = rows.slice(0, pageSize);
    const nextPageToken = rows.length > pageSize ? pageTokenFor(page.at(-1)!.id, filters) : "";
    return { payments: page.map((row) => paymentToProto(paymentFromRow(row), caller)), nextPageToken };
  };
}

/** What a list is narrowed to; a filter that is undefined does not narrow. */
type Filters = {
  readonly orderId: string | undefined;
  readonly userId: string | undefined;
  readonly statuses: readonly PaymentStatus[];
  readonly createdAfter: string | undefined;
  readonly createdBefore: string | undefined;
};

function filtersOf(request: ListPaymentsRequest, caller: Caller): Filters {
  return {
    orderId: request.orderId.toLowerCase() || undefined,
    userId: whose(request.userId.toLowerCase(), caller),
    statuses: statusesFromProto(request.statuses),
    createdAfter: request.createdAfter && timeFromProto(request.createdAfter, "created_after").toISOString(),
    createdBefore:
      request.createdBefore && timeFromProto(request.createdBefore, "created_before").toISOString(),
  };
}

/** A user lists its own payments and nobody else's (spec C19). */
function whose(asked: string, caller: Caller): string | undefined {
  if (caller.role !== "user") return asked || undefined;
  if (asked && asked !== caller.id) throw appError("PERMISSION_DENIED", "a user lists its own payments only");
  return caller.id;
}

/** Only what is asked for is in the text, so that each shape is planned by itself, with the index made for it. */
function listStatement(filters: Filters, beforeId: string | undefined, limit: number) {
  const params: unknown[] = [limit];
  const where = (condition: string, value: string | undefined) => {
    if (value === undefined) return [];
    params.push(value);
    return [`${condition} $${params.length}`];
  };
  const { statuses } = filters;
  const conditions = [
    wasAdmitted,
    ...where("p.order_id =", filters.orderId),
    ...where("p.user_id =", filters.userId),
    // Words of ours, in the text itself: the index of what is not in the ordinary course knows its statuses.
    ...(statuses.length > 0 ? [`p.status IN (${statuses.map((status) => `'${status}'`).join(", ")})`] : []),
    ...where("p.created_at >=", filters.createdAfter),
    ...where("p.created_at <", filters.createdBefore),
    ...where("p.id <", beforeId),
  ];
  const condition = conditions.join(" AND ");
  return {
    text: `SELECT ${paymentColumns} FROM payment p WHERE ${condition} ORDER BY p.id DESC LIMIT $1`,
    params,
  };
}
