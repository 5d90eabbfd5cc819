import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "./report.ts";

/** What docs/bench.json holds: of each part the report that was recorded last. */
export type RecordedReport = Partial<Omit<Report, "disturbed">> & {
  /** The parts of runs beside which something else was busy. */
  readonly disturbedParts?: readonly string[];
};

const path = join(import.meta.dirname, "../../docs/bench.json");

/** Returns what was recorded; nothing before the first time. */
async function readRecorded(): Promise<RecordedReport> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  return JSON.parse(text) as RecordedReport;
}

/** Keeps a report in docs/bench.json, beside what was recorded of other parts; of a profiled run the profiles alone. */
export async function record(report: Report): Promise<void> {
  const before = await readRecorded();
  const { disturbed, ...figures } = report;
  const { profiles, measuredAt, at } = figures;
  const measured = Object.keys(measuredAt);
  const others = (before.disturbedParts ?? []).filter((part) => !measured.includes(part));
  const after = profiles
    ? {
        ...before,
        profiles: { ...before.profiles, ...profiles },
        measuredAt: { ...before.measuredAt, profiles: at },
      }
    : {
        ...before,
        ...figures,
        disturbedParts: [...others, ...(disturbed ? measured : [])],
        measuredAt: { ...before.measuredAt, ...measuredAt },
      };
  await writeFile(path, `${JSON.stringify(after, rounded, 1)}\n`);
}

/** Three digits are more than a measurement has. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(1000 * value) / 1000 : value;
}
