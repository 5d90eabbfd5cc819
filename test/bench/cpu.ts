import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Processor seconds used so far, by name; `busy` is the whole machine's. */
type CpuSeconds = Readonly<Record<string, number>>;

/** Cores in use, by name; `other` is what the unnamed processes used: it should be near zero. */
export type CoresUsed = Readonly<Record<string, number>>;

export type Watched = {
  /** Processes by name. */
  readonly processes: Readonly<Record<string, number>>;
  /** What processes that this one starts and that end meanwhile are called together. */
  readonly endedProcesses?: string;
  /** Postgres's first process, when the server runs on this machine: all its children count. */
  readonly postmaster: number | undefined;
};

const ticksPerSecond = 100;

/** Starts to count; the answer ends it. Without /proc there is nothing to tell. */
export function watchCpu(watched: Watched): () => CoresUsed | undefined {
  if (process.platform !== "linux") return () => undefined;
  const startedAt = performance.now();
  const before = read(watched);
  return () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const after = read(watched);
    const used = Object.entries(after).map(([name, now]) => [name, (now - before[name]!) / seconds] as const);
    const { busy = 0, ...known } = Object.fromEntries(used);
    const named = Object.values(known).reduce((sum, cores) => sum + cores, 0);
    return { ...known, other: Math.max(busy - named, 0), idle: cpus().length - busy };
  };
}

export type CpuMsEach = Readonly<Record<string, number>> & { readonly all: number };

/** Processor time in milliseconds for one operation, by process and, as `all`, together. */
export function cpuMsEach(cores: CoresUsed | undefined, perSecond: number): CpuMsEach | undefined {
  if (cores === undefined) return undefined;
  const named = Object.entries(cores).filter(([name]) => name !== "other" && name !== "idle");
  const msEach = named.map(([name, used]) => [name, (1000 * used) / perSecond] as const);
  const all = msEach.reduce((sum, [, ms]) => sum + ms, 0);
  return { ...Object.fromEntries(msEach), all };
}

/** Whether something that is no part of the bench took so much of the machine that its figures mean little. */
export function isDisturbed(cores: CoresUsed | undefined): boolean {
  return (cores?.other ?? 0) > 0.15;
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

/** The process at the top of a Postgres server that runs on this machine. */
export function postmasterOf(backend: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const { name, parent } = statOf(backend);
    return name === "postgres" ? parent : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined; // on another machine
    throw error;
  }
}

/** A process that this one has started, by the name of its program. */
export function childNamed(name: string): number | undefined {
  if (process.platform !== "linux") return undefined;
  return livingProcesses().find((stat) => stat.parent === process.pid && stat.name === name)?.pid;
}

function read({ processes, endedProcesses, postmaster }: Watched): CpuSeconds {
  const seconds: Record<string, number> = { busy: busySeconds() };
  for (const [name, pid] of Object.entries(processes)) seconds[name] = statOf(pid).seconds;
  if (endedProcesses) seconds[endedProcesses] = statOf(process.pid).endedChildrenSeconds;
  if (postmaster !== undefined) seconds.postgres = familySeconds(postmaster);
  return seconds;
}

function busySeconds(): number {
  const [, line = ""] = /^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8")) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = line.split(" ").map(Number);
  return (user + nice + system + irq + softIrq) / ticksPerSecond;
}

/** The server's running processes and, in the first one's accounting, those that have ended. */
function familySeconds(postmaster: number): number {
  const { seconds, endedChildrenSeconds } = statOf(postmaster);
  const children = livingProcesses().filter(({ parent }) => parent === postmaster);
  return children.reduce((sum, child) => sum + child.seconds, seconds + endedChildrenSeconds);
}

function livingProcesses() {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => {
    try {
      return statOf(Number(pid));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ESRCH") return []; // it has just ended
      throw error;
    }
  });
}

function statOf(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [parent, user, system, childUser, childSystem] = [1, 11, 12, 13, 14].map((at) => fields[at]!) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    pid,
    name,
    parent,
    seconds: (user + system) / ticksPerSecond,
    endedChildrenSeconds: (childUser + childSystem) / ticksPerSecond,
  };
}
