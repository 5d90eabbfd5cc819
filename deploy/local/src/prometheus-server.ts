import { defaultPorts } from "@till/config";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { claimPort } from "./claim-port.ts";
import { serverProcess } from "./server-process.ts";
import type { StackServer, StartOptions } from "./stack-server.ts";
import { versionOf } from "./version-of.ts";

export type PrometheusServer = StackServer & { readonly url: string };

export async function prometheusIsMissing(): Promise<string | undefined> {
  if ((await versionOf("prometheus", "--version")) !== undefined) return undefined;
  return "prometheus is not on the PATH (Debian: apt-get install prometheus)";
}

const deployed = join(import.meta.dirname, "..", "..", "prometheus");

/** `prometheus` from the PATH, with the configuration and the rules of deploy/prometheus. */
export async function startPrometheus({
  folder,
  port: wanted,
  log,
}: Omit<StartOptions, "tls">): Promise<PrometheusServer> {
  const port = await claimPort("Prometheus", wanted);
  const data = join(folder, "prometheus");
  await mkdir(data, { mode: 0o700 });
  await writeFile(
    join(data, "prometheus.yaml"),
    movedBy(await readFile(join(deployed, "prometheus.yaml"), "utf8")),
  );
  for (const rules of ["alerts.yaml", "service-levels.yaml"])
    await copyFile(join(deployed, rules), join(data, rules));
  const url = `http://127.0.0.1:${port}`;
  const server = serverProcess({
    name: "Prometheus",
    command: "prometheus",
    args: [
      `--config.file=${join(data, "prometheus.yaml")}`,
      `--storage.tsdb.path=${join(data, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    folder,
    async whenReady() {
      const { ok, status } = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) });
      if (!ok) throw new Error(`Prometheus replies ${status}`);
    },
    log,
  });
  await server.start();
  const { start, stop, kill } = server;
  return { port, url, start, stop, discard: kill };
}

/** The configuration with TILL_PORT_OFFSET added to the port of each target, as Till's processes add it to theirs. */
function movedBy(configuration: string): string {
  const offset = defaultPorts().orderMetrics - defaultPorts({}).orderMetrics;
  return configuration.replaceAll(/127\.0\.0\.1:(\d+)/g, (_, port) => `127.0.0.1:${Number(port) + offset}`);
}
