import { canonicalId } from "@till/ids";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { findLivePurchase, type Reader } from "../store/order-reads.ts";
import { ownerFilter } from "./owner-filter.ts";
import { appError } from "../rules/errors.ts";

/** OrderService.GetUserCourseOrder: the live order of a user for a course, paid or not. */
export function getUserCourseOrderRpc({
  db,
}: {
  readonly db: Reader;
}): UnaryHandler<typeof OrderService.method.getUserCourseOrder> {
  return async ({ userId, courseId }, { caller }) => {
    const user = ownerFilter(userId, caller);
    if (user === undefined)
      throw appError("INVALID_ARGUMENT", "must be named by an admin or a service", { field: "user_id" });
    const order = await findLivePurchase(db, user, canonicalId(courseId));
    if (!order) throw appError("ORDER_NOT_FOUND", `user ${user} has no live order for course ${courseId}`);
    return { order: orderToProto(order) };
  };
}
