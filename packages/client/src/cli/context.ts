import type { CliConfig } from "./config.ts";

/** What a command needs of its process. */
export type CliContext = {
  readonly config: CliConfig;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Aborts at Ctrl-C, from the first call of it on; before, Ctrl-C ends the process. */
  readonly interrupted: () => AbortSignal;
};
