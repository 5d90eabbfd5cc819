import { join } from "node:path";
import { runMocha, sum } from "./support/run-mocha.ts";
import { findTests } from "./support/find-tests.ts";
import { startServers } from "./support/start-servers.ts";

/** Test files at a time. */
const jobs = 2;

/** Where Node keeps compiled code: tests start hundreds of processes, which compile the same files. */
const compiled = join(import.meta.dirname, "..", "node_modules", ".cache", "node");

/** `npm test`: starts the real servers, runs the tests on them, and closes with a line that counts them. */
async function main(): Promise<boolean> {
  const log = (line: string) => console.error(`test: ${line}`);
  const { parts, system, mochaArguments } = findTests(process.argv.slice(2));
  const servers = await startServers(log);
  try {
    const run = { mochaArguments, env: { NODE_COMPILE_CACHE: compiled, ...servers.env } };
    const counts = sum(
      await runMocha({ ...run, files: parts, jobs }),
      // These start services and brokers of their own, which wait for each other half of the time.
      await runMocha({ ...run, files: system, jobs }),
    );
    for (const line of servers.leftOut) log(line);
    const { passed, failed, skipped, failures } = counts;
    // Once more at the end: thousands of lines may have gone by since.
    for (const failure of failures) console.log(`failed: ${failure}\n`);
    if (passed + failed === 0) log("no test was run");
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
    return failed === 0 && passed > 0;
  } finally {
    await servers.stop();
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`test: ${(error as Error).message}`);
  process.exitCode = 1;
}
