import { outbox, type OutgoingEvent } from "@till/events/outbox";
import { prepared, query, type Db } from "@till/postgres/statements";
import type { RequestKey } from "@till/rpc/request-key";
import { keyReused } from "./request-keys.ts";

/** A command on many orders, such as ErasePerson, as it is recorded: each page of it is a commit of its own. */
export type Job = {
  readonly id: string;
  readonly kind: string;
  readonly input: JobFields;
  readonly actor: string;
  readonly progress: JobFields;
  /** The response; undefined until the job is finished. */
  readonly result: JobFields | undefined;
};

type JobFields = Readonly<Record<string, string | number>>;

export type NewJob = Pick<Job, "id" | "kind" | "input" | "actor"> & {
  readonly callerId: string;
  readonly key: RequestKey | undefined;
  readonly now: Date;
};

type Pooled = Pick<Db, "pool">;
type JobRow = Omit<Job, "result"> & { readonly result: JobFields | null; readonly request_hash: string };

/** How long a job is left to its process after the last page. */
const leaseMs = 30_000;
const columns = "id, kind, input, actor, progress, result, request_hash";
const lease = `now() + interval '${leaseMs} ms'`;

/** Records a job under a lease of this process, unless its key has one. Throws IDEMPOTENCY_KEY_REUSED. */
export async function recordJob(
  { pool }: Pooled,
  { id, kind, callerId, key, input, actor, now }: NewJob,
): Promise<{ readonly job: Job; readonly isNew: boolean }> {
  const params = [id, kind, callerId, key?.key, key?.hash ?? "", JSON.stringify(input), actor, now];
  const [inserted] = await query<JobRow>(pool, insertJob, params);
  if (inserted) return { job: fromRow(inserted), isNew: true };
  const [earlier] = await query<JobRow>(pool, selectJob, [callerId, key?.key]);
  if (earlier!.request_hash !== key?.hash) throw keyReused();
  return { job: fromRow(earlier!), isNew: false };
}

/** Takes the lease of an unfinished job, unless another process has it. */
export async function claimJob({ pool }: Pooled, id: string): Promise<boolean> {
  return (await query(pool, claimOne, [id])).length > 0;
}

/** Takes the leases of unfinished jobs that no process has. */
export async function claimAbandonedJobs({ pool }: Pooled, limit: number): Promise<Job[]> {
  return (await query<JobRow>(pool, claimAbandoned, [limit])).map(fromRow);
}

/** Renews a job's lease. */
export async function keepJob({ pool }: Pooled, id: string): Promise<void> {
  await query(pool, renewLease, [id]);
}

/** Ends the lease of an unfinished job, so that the recovery worker finishes it. */
export async function releaseJob({ pool }: Pooled, id: string): Promise<void> {
  await query(pool, endLease, [id]);
}

/** Finishes a job once, and publishes its events with that. Returns the result that was recorded first. */
export async function finishJob(
  { pool }: Pooled,
  id: string,
  result: JobFields,
  events: readonly OutgoingEvent[],
): Promise<JobFields> {
  const [finished] = await query(pool, finish, [id, JSON.stringify(result), ...jobEvents.params(events)]);
  if (finished) return result;
  const [row] = await query<JobRow>(pool, selectFinished, [id]);
  return row!.result!;
}

const insertJob = prepared(
  "insert_job",
  `INSERT INTO job (id, kind, caller_id, key, request_hash, input, actor, created_at, lease_expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ${lease})
   ON CONFLICT DO NOTHING RETURNING ${columns}`,
);

const selectJob = prepared("select_job", `SELECT ${columns} FROM job WHERE caller_id = $1 AND key = $2`);

const selectFinished = prepared("select_finished_job", `SELECT ${columns} FROM job WHERE id = $1`);

const claimOne = prepared(
  "claim_job",
  `UPDATE job SET lease_expires_at = ${lease}
    WHERE id = $1 AND finished_at IS NULL AND lease_expires_at <= now() RETURNING id`,
);

const claimAbandoned = prepared(
  "claim_abandoned_jobs",
  `UPDATE job SET lease_expires_at = ${lease}
    WHERE id IN (SELECT id FROM job WHERE finished_at IS NULL AND lease_expires_at <= now()
                  ORDER BY lease_expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   RETURNING ${columns}`,
);

const renewLease = prepared(
  "renew_job",
  `UPDATE job SET lease_expires_at = ${lease} WHERE id = $1 AND finished_at IS NULL`,
);

const endLease = prepared(
  "release_job",
  `UPDATE job SET lease_expires_at = now() WHERE id = $1 AND finished_at IS NULL`,
);

const jobEvents = outbox(3);

const finish = prepared(
  "finish_job",
  `WITH finished AS (
     UPDATE job SET result = $2, finished_at = now() WHERE id = $1 AND finished_at IS NULL RETURNING id
   ), new_events AS (
     ${jobEvents.insert("EXISTS (SELECT FROM finished)")}
   )
   SELECT id FROM finished`,
);

function fromRow({ id, kind, input, actor, progress, result }: JobRow): Job {
  return { id, kind, input, actor, progress, result: result ?? undefined };
}
