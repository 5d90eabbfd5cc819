import { readBody } from "@till/contracts";
import { personEvents } from "@till/contracts/person-events";
import type { IncomingEvent } from "@till/events/consume";
import type { Db } from "@till/postgres/statements";
import { erasePerson } from "../store/erase-person.ts";

type ErasureDependencies = { readonly db: Pick<Db, "pool">; readonly now: () => Date };

/** Consumes person.erased: what the payment service has about the person is erased as well. */
export function onPersonErased({ db, now }: ErasureDependencies): (event: IncomingEvent) => Promise<void> {
  return ({ id: eventId, type, data }) => {
    const { userId, erasedBy } = readBody(personEvents["person.erased"], data);
    const context = { now: now(), actor: `event:${type}`, requestId: eventId };
    return erasePerson(db, { userId, erasedBy, eventId }, context);
  };
}
