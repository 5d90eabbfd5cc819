import type { CliConfig } from "./config.ts";

/** What a command needs of its process. */
export type CliContext = {
  readonly config: CliConfig;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
};
