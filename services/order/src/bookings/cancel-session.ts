import { canonicalId } from "@till/ids";
import {
  CancelSessionRequestSchema,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import { requestKeyOf, type UnaryHandler } from "@till/rpc/server";
import { runJobForCall, type RunPages } from "../jobs/run-job.ts";
import { cancelForSession } from "../rules/cancel-booking.ts";
import { actorOf } from "../rules/decision.ts";
import { countCancelled, listBookings } from "../store/booking-reads.ts";
import type { Job } from "../store/jobs.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";

export type CancelSessionOptions = OrderUpdates & { readonly db: Reader };

/** How many bookings are cancelled at once. */
const pageSize = 50;

/** SessionService.CancelSession: cancels a session's bookings page by page, each in its own commit. */
export function cancelSessionRpc(
  options: CancelSessionOptions & { readonly newId: () => string },
): UnaryHandler<typeof SessionService.method.cancelSession> {
  return (message, call) => {
    const { db, newId, now } = options;
    const { caller } = call;
    const sessionId = canonicalId(message.sessionId);
    const schema = CancelSessionRequestSchema;
    const request = { ...message, sessionId };
    const key = requestKeyOf(request.idempotencyKey, call, { prefix: schema.typeName, schema, request });
    const input = { sessionId, reason: request.reason };
    const job = { id: newId(), kind: "CANCEL_SESSION", key, input, now: now() };
    const recorded = { ...job, callerId: caller.id, actor: actorOf(caller) };
    return runJobForCall(db, recorded, call, cancelSessionPages(options));
  };
}

/** Cancels the open bookings of a job's session, the newest first, and counts those that the job has cancelled. */
export function cancelSessionPages(
  options: CancelSessionOptions,
): RunPages<{ readonly cancelledBookings: number; readonly releasedHolds: number }> {
  return async (job, keep) => {
    do await keep();
    while (!(await cancelPage(options, job)));
    const result = await countCancelled(options.db, String(job.input.sessionId), job.id);
    return { result, events: [] };
  };
}

/** Cancels the newest open bookings. Returns whether they were the last. */
async function cancelPage(
  { db, store, now }: CancelSessionOptions,
  { id, input, actor }: Job,
): Promise<boolean> {
  const [sessionId, remark] = [String(input.sessionId), String(input.reason)];
  const filters = { userId: undefined, sessionId, statuses: ["HELD", "CONFIRMED"] };
  const page = await listBookings(db, filters, undefined, pageSize);
  const context = { now: now(), actor };
  const kinds = await Promise.all(
    page.map(async (booking) => {
      const cancellation = { bookingId: booking.id, sessionId, jobId: id, remark };
      const { kind } = await store.update({
        id: booking.orderId,
        decide: (order) => cancelForSession(order, cancellation, context),
      });
      return kind;
    }),
  );
  return page.length < pageSize || !kinds.includes("changed");
}
