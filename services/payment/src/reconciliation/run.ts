import type { RequestKey } from "@till/rpc/request-key";

/** What a reconciliation looks at: the payments created between two times, the first included. */
export type Scope = {
  readonly id: string;
  readonly from: Date;
  readonly until: Date;
  /** Whether to record what the provider knows and we do not. */
  readonly repairs: boolean;
};

/** How many payments agree, and how many do not: what was repaired agrees. */
export type Counts = { readonly matched: number; readonly mismatched: number };

/** A reconciliation as it stands. */
export type Run = Scope &
  Counts & {
    readonly status: RunStatus;
    readonly startedAt: Date;
    readonly finishedAt: Date | undefined;
    /** Why it FAILED. */
    readonly problem: string | undefined;
    /** The request it answers; one that was started by hand has none. */
    readonly request: RequestKey | undefined;
  };

export type RunStatus = "RUNNING" | "CLEAN" | "MISMATCHED" | "FAILED";
