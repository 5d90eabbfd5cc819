import type { Log } from "@till/telemetry";
import { cancelSessionPages, type CancelSessionOptions } from "../bookings/cancel-session.ts";
import { erasePersonPages, type ErasureOptions } from "../erasure/erase-person.ts";
import { resumeJob, type RunPages } from "../jobs/run-job.ts";
import { claimAbandonedJobs } from "../store/jobs.ts";

export type JobRecovery = CancelSessionOptions & ErasureOptions & { readonly log: Pick<Log, "error"> };

const batch = 10;

/** Finishes jobs whose process has crashed or whose call has run out of time. One that fails does not hold up others. */
export async function finishJobs(recovery: JobRecovery): Promise<void> {
  const kinds: Readonly<Record<string, RunPages<Record<string, number>>>> = {
    CANCEL_SESSION: cancelSessionPages(recovery),
    ERASE_PERSON: erasePersonPages(recovery),
  };
  for (const job of await claimAbandonedJobs(recovery.db, batch)) {
    try {
      await resumeJob(recovery.db, job, kinds[job.kind]!);
    } catch (error) {
      recovery.log.error({ err: error, job_id: job.id, kind: job.kind }, "a job failed, and is tried again");
    }
  }
}
