import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { localConfig } from "../../services/local/src/config.ts";
import { startSystem } from "../../services/local/src/start-system.ts";
import { freePorts } from "./free-ports.ts";

/** PATH with the folder that `go install` writes to. */
const path = [process.env["PATH"], join(homedir(), "go/bin")].join(delimiter);

export type CookbookRun = { readonly exitCode: number | null; readonly output: string };

/** Whether grpcurl is installed. */
export async function hasGrpcurl(): Promise<boolean> {
  return (await run("command -v grpcurl")).exitCode === 0;
}

/** The shell lines of the README's cookbook. */
export async function cookbookLines(): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  const block = /## Cookbook\n[^]*?```sh\n([^]*?)```/.exec(readme)?.[1];
  if (block === undefined) throw new Error("README.md has no cookbook");
  return block;
}

/** Runs the cookbook `times` times in a row against one fresh embedded system; a line that fails ends the run. */
export async function runCookbook(times: number): Promise<CookbookRun[]> {
  const folder = await mkdtemp(join(tmpdir(), "till-cookbook-"));
  const config = localConfig({ ...freePorts, TILL_LOG_LEVEL: "silent", TILL_DATA_DIR: folder });
  const system = await startSystem(config, () => undefined);
  try {
    const script = (await cookbookLines())
      .replaceAll("127.0.0.1:50051", system.orderAddress)
      .replaceAll("127.0.0.1:50052", system.paymentAddress)
      .replaceAll("http://127.0.0.1:8090", new URL(system.tokenUrl).origin);
    const runs: CookbookRun[] = [];
    for (let time = 0; time < times; time++) runs.push(await run(`set -euxo pipefail\n${script}`));
    return runs;
  } finally {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(script: string): Promise<CookbookRun> {
  const child = spawn("bash", ["-c", `exec 2>&1\n${script}`], {
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 120_000,
  });
  const [output, [exitCode]] = await Promise.all([
    text(child.stdout),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode, output };
}
