import type { CallOptions } from "./call-options.ts";

/** Options of a watch. `timeoutMs` ends it with DEADLINE_EXCEEDED; left out, it has no deadline. */
export type WatchOptions = CallOptions & {
  /** Resume after this version, which an earlier watch has returned, without a snapshot. */
  readonly afterVersion?: number | undefined;
};
