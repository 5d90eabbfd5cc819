#!/usr/bin/env node
import { cliConfig } from "./config.ts";
import { runCli } from "./run-cli.ts";

// A reader that has seen enough, as in `till events … | head -1`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2), {
  config: cliConfig(),
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
  interrupted() {
    const interrupting = new AbortController();
    // Once each: a second Ctrl-C ends the process.
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupting.abort());
    return interrupting.signal;
  },
});
