import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { runMocha } from "./support/run-mocha.ts";
import { findTests } from "./support/find-tests.ts";
import { startServers } from "./support/start-servers.ts";

/** Test files at a time: more than the two cores of CI, for a file uses six tenths of a core and waits otherwise. */
const jobs = 3;

/** Where Node keeps compiled code: tests start hundreds of processes, which compile the same files. */
const compiled = { NODE_COMPILE_CACHE: join(import.meta.dirname, "..", "node_modules", ".cache", "node") };

/** `npm test`: starts the real servers, runs the tests on them, and closes with a line that counts them. */
async function main(): Promise<boolean> {
  const log = (line: string) => console.error(`test: ${line}`);
  const { files, mochaArguments } = findTests(process.argv.slice(2));
  const compiling = compileServices();
  const servers = await startServers(log);
  try {
    await compiling;
    const counts = await runMocha({ files, jobs, mochaArguments, env: { ...compiled, ...servers.env } });
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

/** Fills the compile cache. A failure is not reported here, but by the tests, which load the same modules. */
async function compileServices(): Promise<void> {
  const script = join(import.meta.dirname, "support", "compile-services.ts");
  const env = { ...process.env, ...compiled };
  await once(spawn(process.execPath, [script], { env, stdio: "ignore" }), "exit");
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`test: ${(error as Error).message}`);
  process.exitCode = 1;
}
