import type { Cluster } from "../support/cluster.ts";
import { getText } from "../support/get-text.ts";

/** What a process has in memory, in MB. */
export type Memory = {
  readonly name: string;
  /** The heap and the buffers outside of it that are in use, after a garbage collection. */
  readonly used: number;
  readonly resident: number;
};

/** Makes the services collect their garbage, and reads from their metrics what is left. */
export async function memoryOf({ orders, payments, metricsUrls }: Cluster): Promise<Memory[]> {
  const services = [...orders, ...payments];
  const names = services.map((_, index) => (index < orders.length ? "order" : "payment"));
  for (const { pid } of services) process.kill(pid, "SIGUSR2");
  // The first response comes after the signal; what was used for it is collected, too.
  await Promise.all(metricsUrls.map(getText));
  for (const { pid } of services) process.kill(pid, "SIGUSR2");
  return Promise.all(metricsUrls.map((url, index) => readMemory(`${names[index]} ${(index % 2) + 1}`, url)));
}

async function readMemory(name: string, metricsUrl: string): Promise<Memory> {
  const text = await getText(metricsUrl);
  const of = (metric: string) => {
    const found = new RegExp(`^${metric}\\{.*\\} (\\S+)$`, "m").exec(text);
    if (!found) throw new Error(`${metricsUrl} has no ${metric}`);
    return Math.round(Number(found[1]) / 2 ** 20);
  };
  return {
    name,
    used: of("nodejs_heap_size_used_bytes") + of("nodejs_external_memory_bytes"),
    resident: of("process_resident_memory_bytes"),
  };
}
