import { CommanderError } from "commander";
import { isTillError } from "../till-error.ts";
import type { CliContext } from "./context.ts";
import { describeError, errorAsJson } from "./describe-error.ts";
import { tillProgram } from "./program.ts";
import { ReportedFailure } from "./reported-failure.ts";
import type { GlobalOptions } from "./session.ts";
import { UsageError } from "./usage-error.ts";

/** Runs a command line and returns its exit code: 0, 1 where a call failed, 2 where the command is not right. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  const program = tillProgram(context);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has printed its message, with what may have been meant.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ReportedFailure) return 1;
    if (error instanceof UsageError) {
      context.printError(`till: ${error.message}`);
      return 2;
    }
    if (!isTillError(error)) throw error;
    if (program.opts<GlobalOptions>().json) context.printError(errorAsJson(error));
    else describeError(error).forEach(context.printError);
    // Without a request id nothing was sent.
    return error.requestId === undefined ? 2 : 1;
  }
}
