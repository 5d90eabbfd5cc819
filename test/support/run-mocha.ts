import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export type Counts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Of each failed test its title, its file and why, to be read. */
  readonly failures: readonly string[];
};

const none: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

type Run = {
  readonly files: readonly string[];
  readonly jobs: number;
  readonly mochaArguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** Runs mocha in a process of its own and returns its counts. A mocha that ends badly counts as a failed test. */
export async function runMocha({ files, jobs, mochaArguments, env }: Run): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), "till-test-"));
  const report = join(folder, "counts.json");
  const args = [
    ...[
      "--reporter",
      join(import.meta.dirname, "counting-reporter.ts"),
      "--reporter-option",
      `counts=${report}`,
    ],
    ...(jobs > 1 ? ["--parallel", "--jobs", `${jobs}`] : []),
    ...(process.env["CI"] ? ["--forbid-only"] : []),
    ...mochaArguments,
    ...files,
  ];
  const code = await run([mocha, ...args], { ...process.env, ...env });
  try {
    const counts = JSON.parse(await readFile(report, "utf8")) as Counts;
    return code !== 0 && counts.failed === 0 ? failedAsAWhole(counts, `mocha ended with ${code}`) : counts;
  } catch (error) {
    const why = `mocha ended with ${code} before it had counted the tests (${(error as Error).message})`;
    return failedAsAWhole(none, why);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function failedAsAWhole(counts: Counts, why: string): Counts {
  return { ...counts, failed: 1, failures: [why] };
}

const root = join(import.meta.dirname, "..", "..");
const mocha = join(dirname(createRequire(import.meta.url).resolve("mocha/package.json")), "bin", "mocha.js");

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | NodeJS.Signals> {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  // A Ctrl-C reaches mocha by itself; we wait for its end, so that our servers go last.
  const passOn = (signal: NodeJS.Signals) => void (signal === "SIGTERM" && child.kill(signal));
  process.on("SIGINT", passOn).on("SIGTERM", passOn);
  const [code, signal] = (await once(child, "exit")) as [number, null] | [null, NodeJS.Signals];
  process.off("SIGINT", passOn).off("SIGTERM", passOn);
  return code ?? signal;
}
