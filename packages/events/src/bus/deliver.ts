import type { Outage } from "../outage.ts";
import { pause } from "../pause.ts";

type Delivery = {
  /** Hands the records over; rejects where they were not taken. */
  readonly offer: () => Promise<void>;
  readonly isWanted: () => boolean;
  readonly outage: Outage;
  readonly signal: AbortSignal;
};

/** Offers the same records until they are taken, and answers true; false once nobody wants them any more. */
export async function deliver({ offer, isWanted, outage, signal }: Delivery): Promise<boolean> {
  while (isWanted()) {
    try {
      await offer();
      outage.worked();
      return true;
    } catch (error) {
      if (!isWanted()) return false;
      await pause(outage.failed(error), signal);
    }
  }
  return false;
}
