import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { freePort } from "@till/embedded-postgres/free-port";
import { localConfig } from "../../services/local/src/config.ts";
import { startSystem } from "../../services/local/src/start-system.ts";
import { freePorts } from "./free-ports.ts";

const root = join(import.meta.dirname, "../..");

/** The environment, whose PATH has the folder that `go install` writes to. */
export const grpcurlEnv = {
  ...process.env,
  PATH: [process.env["PATH"], join(homedir(), "go/bin")].join(delimiter),
};

export type CookbookRun = { readonly exitCode: number | null; readonly output: string };

/** Whether grpcurl is installed. Fails where it is not and TILL_REQUIRE names it. */
export async function hasGrpcurl(): Promise<boolean> {
  const isInstalled = (await run("command -v grpcurl")).exitCode === 0;
  if (!isInstalled && process.env["TILL_REQUIRE"]?.split(",").includes("grpcurl"))
    throw new Error("TILL_REQUIRE names grpcurl, which is not installed");
  return isInstalled;
}

/** The shell lines of the README's cookbook, and of what it has for operators. */
export async function cookbookLines(): Promise<string> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const sections = ["Cookbook", "For operators"].map((title) => {
    const section = new RegExp(`\n## ${title}\n[^]*?(?=\n## )`).exec(readme)?.[0] ?? "";
    const lines = shellLines(section);
    if (lines === "") throw new Error(`README.md has no lines under ${title}`);
    return lines;
  });
  return sections.join("\n");
}

/** Runs the cookbook `times` times in a row against one fresh embedded system; a line that fails ends the run. */
export async function runCookbook(times: number): Promise<CookbookRun[]> {
  await using system = await startFreshSystem();
  const lines = await cookbookLines();
  const runs: CookbookRun[] = [];
  for (let time = 0; time < times; time++) runs.push(await system.paste(lines));
  return runs;
}

type Ports = [order: string, payment: string, webhook: string, gateway: string];

/** An embedded system on free ports with a folder of its own. */
export async function startFreshSystem() {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "till-cookbook-"));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const metricsPorts = await Promise.all(Array.from({ length: 4 }, freePort));
  const [orderMetrics, paymentMetrics, webhookMetrics, gatewayMetrics] = metricsPorts.map(String) as Ports;
  const config = localConfig({
    ...freePorts,
    TILL_ORDER_METRICS_PORT: orderMetrics,
    TILL_PAYMENT_METRICS_PORT: paymentMetrics,
    TILL_WEBHOOK_SERVICE_METRICS_PORT: webhookMetrics,
    TILL_GATEWAY_METRICS_PORT: gatewayMetrics,
    TILL_LOG_LEVEL: "silent",
    TILL_DATA_DIR: folder,
    TILL_ALLOW_FREE_ORDERS: "on",
  });
  const system = await startSystem(config, () => undefined);
  starting.defer(() => system.stop());
  const running = starting.move();
  return {
    ...system,
    metricsPorts,
    /** What Prometheus would read of all of its services. */
    async metrics(): Promise<string> {
      const responses = metricsPorts.map((port) => fetch(`http://127.0.0.1:${port}/metrics`));
      return (await Promise.all(responses.map(async (response) => (await response).text()))).join("\n");
    },
    /** Runs lines that name the default addresses, as one who pastes them; the first that fails ends the run. */
    paste: (lines: string) =>
      paste(
        lines
          .replaceAll("127.0.0.1:50051", system.orderAddress)
          .replaceAll("127.0.0.1:50052", system.paymentAddress)
          .replaceAll("127.0.0.1:50054", system.webhookAddress)
          .replaceAll("http://127.0.0.1:8080", system.gatewayUrl)
          .replaceAll("http://127.0.0.1:8090", new URL(system.tokenUrl).origin)
          .replaceAll("9464", orderMetrics)
          .replaceAll("9465", paymentMetrics)
          .replaceAll("9467", webhookMetrics)
          .replaceAll(".till/data", folder),
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The shell lines of a document. */
export function shellLines(markdown: string): string {
  return [...markdown.matchAll(/```sh\n([^]*?)```/g)].map(([, lines]) => lines).join("\n");
}

/** Runs lines as one who pastes them; the first that fails ends the run. */
export function paste(lines: string): Promise<CookbookRun> {
  return run(`set -euxo pipefail\n${lines}`);
}

async function run(script: string): Promise<CookbookRun> {
  const child = spawn("bash", ["-c", `exec 2>&1\n${script}`], {
    cwd: root,
    env: grpcurlEnv,
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 120_000,
  });
  const [output, [exitCode]] = await Promise.all([
    text(child.stdout),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode, output };
}
