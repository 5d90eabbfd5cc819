/** What a reconciliation looks at: the payments created between two times, the first included. */
export type Scope = {
  readonly id: string;
  readonly from: Date;
  readonly until: Date;
  /** Whether to record what the provider knows and we do not. */
  readonly repairs: boolean;
};
