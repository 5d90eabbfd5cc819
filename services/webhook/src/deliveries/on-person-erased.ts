import { readBody } from "@till/contracts";
import { personEvents } from "@till/contracts/person-events";
import type { IncomingEvent } from "@till/events/consume";
import type { Db } from "@till/postgres/statements";
import { eraseDeliveries } from "../store/erase-deliveries.ts";

/** Consumes person.erased: the texts about the person in deliveries, also in those that wait, are erased as well. */
export function onPersonErased({
  db,
}: {
  readonly db: Pick<Db, "pool">;
}): (event: IncomingEvent) => Promise<void> {
  return ({ id: eventId, data }) => {
    const { userId } = readBody(personEvents["person.erased"], data);
    return eraseDeliveries(db, { userId, eventId });
  };
}
