import { releaseReservation, type Releasing } from "../stock/with-stock-reservation.ts";
import { claimAbandoned } from "../store/reservation-records.ts";

const batch = 100;

/** Releases the stock reservations of orders that were never written because their process has crashed. */
export async function releaseAbandoned(releasing: Omit<Releasing, "telemetry">): Promise<void> {
  for (;;) {
    const orderIds = await claimAbandoned(releasing.db, batch);
    await Promise.all(orderIds.map((orderId) => releaseReservation(releasing, orderId)));
    if (orderIds.length < batch) return;
  }
}
