import { prepared, query } from "@till/postgres/statements";
import type { Deps } from "../deps.ts";
import { completeDelivered } from "../rules/fulfil.ts";

const batch = 500;

const selectReturnable = prepared(
  "select_returnable",
  `SELECT id FROM orders WHERE status = 'DELIVERED' AND delivered_at <= $1 ORDER BY delivered_at LIMIT ${batch}`,
);

/** Completes delivered orders whose return window is over (spec C10). */
export async function completeReturnable({ db, store, policies, now }: Deps): Promise<void> {
  for (;;) {
    const time = now();
    const params = [new Date(time.getTime() - policies.returnWindowMs)];
    const rows = await query<{ id: string }>(db.pool, selectReturnable, params);
    const context = { now: time, actor: "worker:complete" };
    await Promise.all(
      rows.map(async ({ id }) => {
        const decide = (order: Parameters<typeof completeDelivered>[0]) =>
          completeDelivered(order, policies, context);
        await store.update({ id, decide });
      }),
    );
    if (rows.length < batch) return;
  }
}
