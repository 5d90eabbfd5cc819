import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a process's time went, by self time; without the time in which it was idle. */
export type ProfileSummary = {
  readonly busySeconds: number;
  /** By package, Node module, or kind of native work. */
  readonly groups: readonly Share[];
  readonly functions: readonly Share[];
};

/** A share of the busy time, in per cent. */
type Share = { readonly name: string; readonly percent: number };

export type Profiles = Readonly<Record<string, Readonly<Record<string, ProfileSummary>>>>;

/** The part of V8's format that is read; times are in microseconds. */
type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

const tallest = 8;

/** The profiles below a folder: of each part, of each of its processes, with all profiles that it has written. */
export function readProfiles(folder: string): Profiles {
  const parts = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return Object.fromEntries(
    parts.map(({ name: part }) => {
      const files = readdirSync(join(folder, part)).filter((file) => file.endsWith(".cpuprofile"));
      const byProcess = Map.groupBy(files, (file) => file.split(".")[0]!);
      const summaries = [...byProcess].map(([process, own]) => {
        const profiles = own.map((file) => readFileSync(join(folder, part, file), "utf8"));
        return [process, summaryOf(profiles.map((text) => JSON.parse(text) as CpuProfile))] as const;
      });
      return [part, Object.fromEntries(summaries)];
    }),
  );
}

/** What the tallest bars of a process's profiles are. */
export function summaryOf(profiles: readonly CpuProfile[]): ProfileSummary {
  const groups = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    samples.forEach((id, index) => {
      const { functionName, url } = frames.get(id)!;
      if (functionName === "(idle)" || functionName === "(root)") return;
      const micros = timeDeltas[index + 1] ?? 0; // until the next sample
      const group = groupOf(functionName, url);
      const name = group === functionName ? group : `${functionName || "(anonymous)"}, ${group}`;
      busy += micros;
      groups.set(group, (groups.get(group) ?? 0) + micros);
      functions.set(name, (functions.get(name) ?? 0) + micros);
    });
  }
  const sharesOf = (times: ReadonlyMap<string, number>) =>
    [...times]
      .sort(([, one], [, other]) => other - one)
      .slice(0, tallest)
      .map(([name, micros]) => ({ name, percent: Math.round((1000 * micros) / busy) / 10 }));
  return {
    busySeconds: Math.round(busy / 1e5) / 10,
    groups: sharesOf(groups),
    functions: sharesOf(functions),
  };
}

function groupOf(functionName: string, url: string): string {
  if (url === "") return functionName.startsWith("(") ? functionName : "native functions";
  if (url.startsWith("node:")) return `node:${url.replace(/^node:(internal\/)?/, "").split("/")[0]}`;
  const [, installed] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  const [, own] = /.*\/((?:packages|services)\/[^/]+|test\/bench)\//.exec(url) ?? [];
  return installed ?? own ?? "other";
}
