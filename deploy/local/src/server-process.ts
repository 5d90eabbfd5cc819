import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { logIfSlow } from "./stack-server.ts";

type Program = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Holds its log and, while it runs, its pid file, which the watchdog reads. */
  readonly folder: string;
  /** Rejects until the server is ready. */
  readonly whenReady: () => Promise<void>;
  readonly log: (line: string) => void;
};

type ServerProcess = {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
};

/** A program that serves until it is isStopping to stop, and can be started again. */
export function serverProcess(program: Program): ServerProcess {
  let running: Running | undefined;

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = running;
    running = undefined;
    await ending?.end(signal);
  }
  async function start(): Promise<void> {
    if (running) return;
    const starting = await run(program);
    running = starting;
    try {
      const waiting = `waiting for ${program.name} to be ready`;
      await logIfSlow(program.log, waiting, Promise.race([untilReady(program), starting.endedByItself]));
    } catch (error) {
      await end("SIGKILL");
      throw error;
    }
    starting.endedByItself.catch((error: Error) => program.log(error.message));
  }
  return { start, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

type Running = {
  /** Rejects with the last lines of its log when it ends without `end`. */
  readonly endedByItself: Promise<never>;
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
};

async function run({ name, command, args, folder }: Program): Promise<Running> {
  const logFile = join(folder, `${name}.log`);
  const pidFile = join(folder, `${name}.pid`);
  const log = await open(logFile, "a");
  // A session of its own: a terminal's Ctrl-C must not reach it before its clients.
  const child = spawn(command, args, { detached: true, cwd: folder, stdio: ["ignore", log.fd, log.fd] });
  await once(child, "spawn").finally(() => log.close());
  await writeFile(pidFile, `${child.pid}\n`);

  let isStopping = false;
  const exited = exitOf(child);
  const endedByItself = exited.then(async (how) => {
    if (isStopping) return new Promise<never>(() => {});
    const words = (await readFile(logFile, "utf8")).trim().split("\n").slice(-3).join("; ");
    throw new Error(`${name} ended by itself (${how}): ${words}`);
  });
  endedByItself.catch(() => {}); // handled by those that await it

  async function endChild(signal: NodeJS.Signals): Promise<void> {
    isStopping = true;
    child.kill(signal);
    const tooLong = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await exited;
    clearTimeout(tooLong);
    await rm(pidFile, { force: true });
  }
  return { endedByItself, end: endChild };
}

async function exitOf(child: ChildProcess): Promise<string> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal ?? `exit code ${code}`;
}

async function untilReady({ name, whenReady }: Program): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await whenReady();
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`${name} was not ready within a minute`, { cause });
      await sleep(20);
    }
  }
}
