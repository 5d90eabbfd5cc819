import type { Command } from "commander";

/** Adds examples to a command's help. */
export function withExamples(command: Command, lines: readonly string[]): Command {
  const title = lines.length === 1 ? "Example" : "Examples";
  return command.addHelpText("after", `\n${title}:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}
