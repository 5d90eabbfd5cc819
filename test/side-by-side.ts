import pMap from "p-map";
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

/**
 * `node test/side-by-side.ts <script> …` runs npm scripts, as many at a time as there are processors, and shows the output
 * of each when it has ended. It runs all of them, and its exit code is 1 where one failed. The longest come first.
 */
const names = process.argv.slice(2);
const results = await pMap(names, run, { concurrency: availableParallelism() });
const failed = names.filter((_, index) => !results[index]);
if (failed.length > 0) {
  console.error(`failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}

/** Returns whether the script succeeded. */
async function run(name: string): Promise<boolean> {
  const started = promisify(execFile)("npm", ["run", "--silent", name], { maxBuffer: 64 << 20 });
  const [isDone, { stdout, stderr }] = await started.then(
    (printed) => [true, printed] as const,
    (error: Printed) => [false, error] as const,
  );
  process.stdout.write(`== ${name}${isDone ? "" : " FAILED"}\n${stdout}`);
  process.stderr.write(stderr);
  return isDone;
}

type Printed = Error & { readonly stdout: string; readonly stderr: string };
