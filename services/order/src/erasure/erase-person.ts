import type { personEvents, PersonErased } from "@till/contracts/person-events";
import { orderTopic } from "@till/contracts/order-events";
import { ErasePersonRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { canonicalId } from "@till/ids";
import type { Db } from "@till/postgres/statements";
import { requestKeyOf, type UnaryHandler } from "@till/rpc/server";
import { runJobForCall, type RunPages } from "../jobs/run-job.ts";
import { actorOf } from "../rules/decision.ts";
import { eraseOrders, erasureBatch } from "../store/erase-orders.ts";
import type { Job } from "../store/jobs.ts";
import type { Users } from "../upstreams/ports.ts";

export type ErasureOptions = {
  readonly db: Pick<Db, "pool">;
  readonly users: Pick<Users, "forget">;
  readonly changes: { notify(): void };
  readonly newId: () => string;
  readonly now: () => Date;
};

/**
 * OrderService.ErasePerson: erases a user's orders in batches, each in a commit of its own, then publishes person.erased,
 * by which the payment service erases what it has. The job is the record of the erasure.
 */
export function erasePersonRpc(
  options: ErasureOptions,
): UnaryHandler<typeof OrderService.method.erasePerson> {
  return (message, call) => {
    const { db, newId, now } = options;
    const { caller } = call;
    const userId = canonicalId(message.userId);
    const schema = ErasePersonRequestSchema;
    const request = { ...message, userId };
    const key = requestKeyOf(request.idempotencyKey, call, { prefix: schema.typeName, schema, request });
    const job = {
      id: newId(),
      kind: "ERASE_PERSON",
      key,
      input: { userId, reason: request.reason },
      now: now(),
    };
    const recorded = { ...job, callerId: caller.id, actor: actorOf(caller) };
    return runJobForCall(db, recorded, call, erasePersonPages(options));
  };
}

/** Erases the orders of a job's user, from the job's progress on. */
export function erasePersonPages(options: ErasureOptions): RunPages<{ readonly erasedOrders: number }> {
  const { db, users, changes, now } = options;
  return async (job, keep) => {
    const userId = String(job.input.userId);
    users.forget(userId);
    const erasure = { jobId: job.id, userId, reason: String(job.input.reason), actor: job.actor };
    let afterId = job.progress.afterId?.toString();
    for (;;) {
      await keep();
      const batch = await eraseOrders(db, { ...erasure, now: now(), afterId });
      if (batch.erased > 0) changes.notify();
      if (batch.read < erasureBatch)
        return { result: { erasedOrders: batch.erasedOrders }, events: [personErased(options, job)] };
      afterId = batch.afterId;
    }
  };
}

function personErased({ newId, now }: ErasureOptions, { input, actor }: Job) {
  const userId = String(input.userId);
  const time = now();
  const body: PersonErased = { userId, erasedAt: time, erasedBy: actor };
  const data = JSON.stringify(body);
  return {
    id: newId(),
    type: personErasedType,
    topic: orderTopic,
    subject: userId,
    dataVersion: 1,
    time,
    data,
  };
}

const personErasedType = "person.erased" satisfies keyof typeof personEvents;
