import type { Deps } from "../deps.ts";
import { claimDueIntents, claimIntent, closeIntent } from "../store/reservation-records.ts";

const batch = 100;

/** Releases goods that were set aside for orders that were never written: their process has crashed. */
export async function releaseLeftovers(deps: Deps): Promise<void> {
  for (;;) {
    const orderIds = await claimDueIntents(deps.db, batch);
    await Promise.all(orderIds.map((orderId) => release(deps, orderId)));
    if (orderIds.length < batch) return;
  }
}

/** Releases the goods of an order that is not going to be written. What fails now, the sweeper does later. */
export async function giveUp(deps: Deps, orderId: string): Promise<void> {
  try {
    if (await claimIntent(deps.db, orderId)) await release(deps, orderId, { timeoutMs: 1_000 });
  } catch (error) {
    deps.telemetry.releaseFailed(orderId, error);
  }
}

async function release(
  { db, inventory }: Deps,
  orderId: string,
  call?: { readonly timeoutMs: number },
): Promise<void> {
  await inventory.release(orderId, call);
  await closeIntent(db, orderId);
}
