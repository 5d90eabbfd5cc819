import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { stuckEvents, type StuckEvent } from "@till/events/operate";
import { StuckKind, type OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import type { Db } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import { findStuck, type StuckQuery } from "./stuck.ts";

/** Where ListStuck looks. */
export type StuckSources = {
  readonly db: Pick<Db, "pool">;
  /** For what a service keeps besides its events. */
  readonly stuckQueries: readonly StuckQuery[];
};

const mostOfAKind = 100;

/** OpsService.ListStuck */
export function listStuckRpc({
  db,
  stuckQueries,
}: StuckSources): UnaryHandler<typeof OpsService.method.listStuck> {
  return async () => {
    const [events, others] = await Promise.all([
      stuckEvents(db, mostOfAKind),
      findStuck(db, stuckQueries, mostOfAKind),
    ]);
    const all = [...events.map((event) => ({ ...event, remedy: remedies[event.kind] })), ...others];
    return {
      stuck: all
        .toSorted((one, other) => one.since.getTime() - other.since.getTime())
        .map(({ kind, since, ...rest }) => ({
          ...rest,
          kind: StuckKind[kind],
          since: timestampFromDate(since),
        })),
    };
  };
}

const remedies: Readonly<Record<StuckEvent["kind"], string>> = {
  OUTBOX_ROW: "look at the brokers and at the relay's log: it publishes by itself once they can be reached",
  REJECTED_EVENT:
    "mend what the cause names, then insert the row of rejected_event into outbox again; later events were published",
  PARKED_EVENT:
    "look whether the order or payment of the event is missing; after about ten minutes of trying it is a dead letter",
};
