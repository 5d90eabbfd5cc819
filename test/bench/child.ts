import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type ChildOptions = {
  readonly name: string;
  /** A file of this repository, run by the Node that runs the bench. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** Where its CPU profile goes when it ends; undefined: it writes none. */
  readonly profileFolder?: string | undefined;
};

/** A process that the bench has started, and that ends with it. */
export type Child = {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Rejects with the end of its log if it ends before it is stopped. */
  readonly failed: Promise<never>;
  /** SIGTERM, then waits for its end. */
  stop(): Promise<void>;
};

const running = new Set<ChildProcess>();
process.once("exit", (code) => {
  running.forEach((child) => child.kill("SIGTERM"));
  if (code === 0) rmSync(logFolder, { recursive: true }); // kept after a failure
});

const root = join(import.meta.dirname, "../..");
const logFolder = await mkdtemp(join(tmpdir(), "till-bench-"));

/** Starts a process with memory and processor time of its own; it logs to a file. */
export function startChild(options: ChildOptions): Child {
  const { name, script, args = [], env = {}, nodeOptions = [], profileFolder } = options;
  const logFile = join(logFolder, `${name}.log`);
  const log = openSync(logFile, "a");
  const child = fork(join(root, script), args, {
    cwd: root,
    env: { ...process.env, ...env },
    execArgv: [...nodeOptions, ...(profileFolder === undefined ? [] : profileOptions(profileFolder, name))],
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  running.add(child);
  let isStopping = false;
  const ended = once(child, "exit").then(([code, signal]) => {
    running.delete(child);
    return `${name} ended with ${code ?? signal}`;
  });
  const failed = ended.then((how): never => {
    if (isStopping) return undefined as never;
    throw new Error(`${how}; the end of ${logFile}:\n${readFileSync(logFile, "utf8").slice(-2_000)}`);
  });
  failed.catch(() => undefined); // the waiting caller handles it
  return {
    pid: child.pid!,
    process: child,
    failed,
    async stop() {
      isStopping = true;
      child.kill("SIGTERM");
      await ended;
    },
  };
}

let profiles = 0;

/** Profiles are called after their process; a part may start it more than once. */
function profileOptions(folder: string, name: string): string[] {
  profiles += 1;
  return ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.${profiles}.cpuprofile`];
}

/** Waits until `url` responds 200; rejects with the reason when the process ends. */
export function whenServing(child: Child, url: string): Promise<void> {
  return untilTrue(child, url, async () => {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  });
}

/** Waits until a local port accepts connections. */
export function whenListening(child: Child, port: number): Promise<void> {
  return untilTrue(child, `port ${port}`, async () => {
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    socket.destroy();
    return true;
  });
}

async function untilTrue(child: Child, what: string, isThere: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  const notYet = () => false;
  while (!(await Promise.race([isThere().catch(notYet), child.failed]))) {
    if (Date.now() > giveUpAt) throw new Error(`${what} does not answer`);
    await sleep(50);
  }
}
