import type { OutgoingEvent } from "@till/events/outbox";
import type { Db } from "@till/postgres/statements";
import type { Call } from "@till/rpc/server";
import { appError } from "../rules/errors.ts";
import { claimJob, finishJob, keepJob, recordJob, releaseJob, type Job, type NewJob } from "../store/jobs.ts";

/** Carries out a job page by page, from its progress on; it calls `keep` before each page. */
export type RunPages<Result extends JobResult> = (
  job: Job,
  keep: () => Promise<void>,
) => Promise<{ readonly result: Result; readonly events: readonly OutgoingEvent[] }>;

type JobResult = Readonly<Record<string, number>>;
type Pooled = Pick<Db, "pool">;

/**
 * Records a job for a call and carries it out. A replay returns the first response. What the deadline or a crash ends is
 * finished by the recovery worker, and a repeat of the key meanwhile is REQUEST_IN_PROGRESS. Throws
 * IDEMPOTENCY_KEY_REUSED.
 */
export async function runJobForCall<Result extends JobResult>(
  db: Pooled,
  requested: NewJob,
  call: Call,
  run: RunPages<Result>,
): Promise<Result> {
  call.requireTime();
  const { job, isNew } = await recordJob(db, requested);
  if (!isNew && !job.result && !(await claimJob(db, job.id)))
    throw appError("REQUEST_IN_PROGRESS", "the request with this key is being carried out", {
      retryAfterMs: 1_000,
    });
  if (!isNew) call.setTrailer("idempotent-replay", "true");
  if (job.result) return job.result as Result;
  const keep = async () => {
    call.requireTime();
    await keepJob(db, job.id);
  };
  return finishRun(db, job, keep, run);
}

/** Carries out a job that the recovery worker has claimed. */
export async function resumeJob(db: Pooled, job: Job, run: RunPages<JobResult>): Promise<void> {
  await finishRun(db, job, () => keepJob(db, job.id), run);
}

async function finishRun<Result extends JobResult>(
  db: Pooled,
  job: Job,
  keep: () => Promise<void>,
  run: RunPages<Result>,
): Promise<Result> {
  let isFinished = false;
  try {
    const { result, events } = await run(job, keep);
    const recorded = await finishJob(db, job.id, result, events);
    isFinished = true;
    return recorded as Result;
  } finally {
    if (!isFinished) await releaseJob(db, job.id);
  }
}
