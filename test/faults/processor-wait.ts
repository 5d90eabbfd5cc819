import { readFile } from "node:fs/promises";

/**
 * Starts to watch how long the machine's processes wait for a processor; the returned function tells it. A system that
 * gets no processor is late by no fault of its own.
 */
export async function watchProcessorWait(): Promise<() => Promise<string>> {
  const startedAt = performance.now();
  const before = await waitedMs();
  return async () => {
    const after = await waitedMs();
    if (before === undefined || after === undefined)
      return "how long processes wait for a processor is not known";
    const share = (100 * (after - before)) / (performance.now() - startedAt);
    return `some process of the machine waited for a processor ${share.toFixed(0)} % of the time`;
  };
}

/** Linux' pressure stall information. */
async function waitedMs(): Promise<number | undefined> {
  const text = await readFile("/proc/pressure/cpu", "utf8").catch(() => "");
  const [, total] = /^some .*total=(\d+)$/m.exec(text) ?? [];
  return total === undefined ? undefined : Number(total) / 1000;
}
