import type { Bus } from "@till/events/bus";
import { countBacklog } from "@till/events/operate";
import type { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import type { Db } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import type { Log } from "@till/telemetry";

/** Where GetLag looks. */
export type LagSources = {
  readonly db: Pick<Db, "pool">;
  readonly bus: Pick<Bus, "lag">;
  readonly group: string;
  readonly topics: readonly string[];
  readonly log: Log;
};

/** OpsService.GetLag: also while the brokers are away, without the consumers' lag then. */
export function getLagRpc({
  db,
  bus,
  group,
  topics,
  log,
}: LagSources): UnaryHandler<typeof OpsService.method.getLag> {
  return async () => {
    const [backlog, lag] = await Promise.all([
      countBacklog(db),
      bus.lag(group, topics).catch((error: unknown) => {
        log.warn({ err: error }, "the consumers' lag cannot be read");
        return new Map<string, number>();
      }),
    ]);
    const consumers = topics.map((topic) => {
      const behind = lag.get(topic);
      return { group, topic, ...(behind !== undefined && { lag: BigInt(behind) }) };
    });
    return { ...backlog, consumers };
  };
}
