import { canonicalId } from "@till/ids";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { Db } from "@till/postgres/statements";
import { idempotencyKeyOf, type UnaryHandler } from "@till/rpc/server";
import { actorOf } from "../rules/decision.ts";
import { eraseOrders, erasureBatch } from "../store/erase-orders.ts";
import type { Users } from "../upstreams/ports.ts";

type ErasureOptions = {
  readonly db: Pick<Db, "pool">;
  readonly users: Pick<Users, "forget">;
  readonly changes: { notify(): void };
  readonly now: () => Date;
};

/**
 * OrderService.ErasePerson: erases a user's orders in batches, each in a commit of its own. A call that ends early, or
 * races new orders, may be repeated: what is erased is not touched again.
 */
export function erasePersonRpc({
  db,
  users,
  changes,
  now,
}: ErasureOptions): UnaryHandler<typeof OrderService.method.erasePerson> {
  return async ({ userId: requested, reason, idempotencyKey }, call) => {
    idempotencyKeyOf(idempotencyKey, call);
    const userId = canonicalId(requested);
    const erasure = { userId, reason, actor: actorOf(call.caller), now: now() };
    users.forget(userId);
    let erasedOrders = 0;
    let afterId: string | undefined;
    for (;;) {
      call.requireTime();
      const { read, erased, lastId } = await eraseOrders(db, { ...erasure, afterId });
      erasedOrders += erased;
      afterId = lastId;
      if (erased > 0) changes.notify();
      if (read < erasureBatch) return { erasedOrders };
    }
  };
}
