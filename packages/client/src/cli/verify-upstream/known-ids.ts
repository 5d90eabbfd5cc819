/** Ids of things that an upstream knows. What is left out is not checked. */
export type KnownIds = {
  readonly user?: string | undefined;
  readonly inactiveUser?: string | undefined;
  readonly course?: string | undefined;
  readonly session?: string | undefined;
  /** Three pieces of it are reserved and released again. */
  readonly product?: string | undefined;
};
