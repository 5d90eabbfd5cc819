import type { RequestKey } from "@till/rpc/request-key";

/** The payments that a reconciliation compares: those created between two times, the first included. */
export type Scope = {
  readonly id: string;
  readonly from: Date;
  readonly until: Date;
  /** Whether to sync payments that differ from the provider. */
  readonly repairs: boolean;
};

/** Payments that agree and payments that do not; a repaired one agrees. */
export type Counts = { readonly matched: number; readonly mismatched: number };

/** A reconciliation as it stands. */
export type Run = Scope &
  Counts & {
    readonly status: RunStatus;
    readonly startedAt: Date;
    readonly finishedAt: Date | undefined;
    /** Why it FAILED. */
    readonly problem: string | undefined;
    /** Its request; the command line's has none. */
    readonly request: RequestKey | undefined;
  };

export type RunStatus = "RUNNING" | "CLEAN" | "MISMATCHED" | "FAILED";
