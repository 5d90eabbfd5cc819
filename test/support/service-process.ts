import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inheritedEnv } from "./inherited-env.ts";

/** A service in a process of its own, as `npm run <name>` runs it. It keeps its ports over a restart. */
export type ServiceProcess = {
  /** Where it listens, by what it says it serves: grpc, http. */
  readonly ports: ReadonlyMap<string, number>;
  readonly address: string;
  readonly pid: number;
  /** Everything it has logged since it was first started. */
  readonly logged: readonly string[];
  isRunning(): boolean;
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>;
  /** SIGTERM: drains, and returns the exit code. */
  stop(): Promise<number | null>;
  start(): Promise<void>;
};

const root = join(import.meta.dirname, "..", "..");

/** Starts a service and waits until it serves. `fixed` names the variables that keep the ports it first got. */
export async function startService(
  name: "order" | "payment" | "sandbox" | "webhook" | "gateway",
  env: Record<string, string>,
  fixed: Readonly<Record<string, string>> = { grpc: "TILL_PORT" },
): Promise<ServiceProcess> {
  const ports = new Map<string, number>();
  const logged: string[] = [];
  let child: ChildProcess;

  async function start(): Promise<void> {
    const kept = Object.entries(fixed).map(([what, variable]) => {
      return [variable, String(ports.get(what) ?? env[variable] ?? 0)];
    });
    const settings = { ...env, ...Object.fromEntries(kept) } as Record<string, string>;
    child = spawn(process.execPath, [`services/${name}/src/main.ts`], {
      cwd: root,
      env: { ...inheritedEnv, ...settings },
      stdio: ["ignore", "inherit", "pipe"],
    });
    const lines = createInterface({ input: child.stderr! });
    const serving = new Promise<void>((resolve, reject) => {
      const missing = new Set(Object.keys(fixed));
      lines.on("line", (line) => {
        logged.push(line);
        const served = /"port":(\d+),"msg":"serving (\w+)"/.exec(line);
        if (served) ports.set(served[2]!, Number(served[1]));
        if (served && missing.delete(served[2]!) && missing.size === 0) resolve();
      });
      child.once("exit", (code) =>
        reject(new Error(`${name} ended with ${code}: ${logged.slice(-3).join("\n")}`)),
      );
    });
    await serving;
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  await start();
  return {
    ports,
    logged,
    get address() {
      return `127.0.0.1:${ports.get("grpc")}`;
    },
    get pid() {
      return child.pid!;
    },
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    start,
  };
}
