import {
  OpsService,
  ReplayOutcome,
  StuckKind,
  type DeadLetter as ProtoDeadLetter,
} from "@till/gen/till/ops/v1/ops_service_pb";
import type { Calls } from "./calls.ts";
import { listOver } from "./list.ts";
import type { ConsumerLag, DeadLetter, DeadLetters, Replay, ServiceOps } from "./ops.ts";
import { dateFrom, nameFrom, required, requiredDateFrom, textFrom, withoutUndefined } from "./values.ts";

const rpc = OpsService.method;

/** What operators need, over calls on one service. */
export function opsOver(calls: Calls): ServiceOps {
  return {
    deadLetters: deadLettersOver(calls),
    async stuck(options) {
      const { stuck } = await calls.query(rpc.listStuck, {}, options);
      return stuck.map(({ kind, id, since, cause, remedy }) => ({
        ...{ kind: nameFrom(StuckKind, kind), id, since: requiredDateFrom(since), cause, remedy },
      }));
    },
    async lag(options) {
      const response = await calls.query(rpc.getLag, {}, options);
      return {
        outboxRows: Number(response.outboxRows),
        outboxAgeSeconds: response.outboxAgeSeconds,
        parkedEvents: Number(response.parkedEvents),
        deadLetters: Number(response.deadLetters),
        consumers: response.consumers.map(({ group, topic, lag }) =>
          withoutUndefined<ConsumerLag>({ group, topic, lag: lag === undefined ? undefined : Number(lag) }),
        ),
      };
    },
  };
}

function deadLettersOver(calls: Calls): DeadLetters {
  return {
    list(filter = {}) {
      const { eventType = "", pageSize = 0 } = filter;
      return listOver(async (pageToken) => {
        const page = await calls.query(rpc.listDeadLetters, { eventType, pageSize, pageToken }, filter);
        return { items: page.deadLetters.map(deadLetterFrom), nextPageToken: page.nextPageToken };
      });
    },
    async get(id, options) {
      return deadLetterFrom((await calls.query(rpc.getDeadLetter, { id }, options)).deadLetter);
    },
    async replay(id, { reason = "", ...options } = {}) {
      const { outcome, deadLetter } = await calls.command(rpc.replayDeadLetter, { id, reason }, options);
      return withoutUndefined<Replay>({
        outcome: nameFrom(ReplayOutcome, outcome),
        deadLetter: deadLetter && deadLetterFrom(deadLetter),
      });
    },
    async replayAll(eventType, { dryRun = false, reason = "", ...options } = {}) {
      const request = { eventType, dryRun, reason };
      const { matched, replayed, failed } = await calls.command(rpc.replayDeadLetters, request, options);
      return { matched, replayed, failed };
    },
    async discard(id, { reason, ...options }) {
      return deadLetterFrom((await calls.command(rpc.discardDeadLetter, { id, reason }, options)).deadLetter);
    },
  };
}

function deadLetterFrom(deadLetter: ProtoDeadLetter | undefined): DeadLetter {
  const fields = required(deadLetter);
  return withoutUndefined<DeadLetter>({
    id: fields.id,
    topic: fields.topic,
    key: fields.key,
    eventId: fields.eventId,
    eventType: textFrom(fields.eventType),
    reason: fields.reason,
    attempts: fields.attempts,
    failedAt: requiredDateFrom(fields.failedAt),
    body: fields.body,
    headers: fields.headers,
    consumerGroup: fields.consumerGroup,
    firstSeenAt: requiredDateFrom(fields.firstSeenAt),
    discardedAt: dateFrom(fields.discardedAt),
  });
}
