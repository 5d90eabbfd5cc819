import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { prepared, query } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { appError } from "../rules/errors.ts";
import { orderFromRow, type OrderRow } from "../store/order-rows.ts";
import { orderColumns } from "../store/statements.ts";
import { whose } from "./owner-filter.ts";

// There is one at most: the index `one_live_purchase` sees to it, and finds it.
const selectLivePurchase = prepared(
  "select_live_purchase",
  `SELECT ${orderColumns} FROM order_items had
     JOIN orders o ON o.user_id = had.user_id AND o.id = had.order_id
    WHERE had.user_id = $1 AND had.ref_id = $2 AND had.live AND had.kind = 'DIGITAL_COURSE'`,
);

/** OrderService.GetUserCourseOrder: the live order by which a user has bought a course, or is about to (spec S0.18). */
export function getUserCourseOrderRpc(
  deps: Deps,
): UnaryHandler<typeof OrderService.method.getUserCourseOrder> {
  return async ({ userId, courseId }, { caller }) => {
    const user = whose(userId, caller);
    if (user === undefined) {
      throw appError("INVALID_ARGUMENT", "must be named by an admin or a service", { field: "user_id" });
    }
    const [row] = await query<OrderRow>(deps.db.pool, selectLivePurchase, [user, courseId]);
    if (!row) throw appError("ORDER_NOT_FOUND", `user ${user} has no live order for course ${courseId}`);
    return { order: orderToProto(orderFromRow(row)) };
  };
}
