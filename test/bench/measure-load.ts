import { startChild } from "./child.ts";
import { residentMb, watchCpu, type CoresUsed } from "./cpu.ts";
import type { Server } from "./databases.ts";
import type { LoadResult, Pace } from "./load/generate.ts";
import type { LoadOrder } from "./load/main.ts";
import type { Sandbox, Service } from "./services.ts";

export type MeasuredLoad = LoadResult & {
  readonly cores: CoresUsed | undefined;
  readonly loadedMb: number | undefined;
  readonly windowBeganAt: number;
  readonly windowEndedAt: number;
};

export type MeasureLoad = {
  readonly service: Service;
  readonly sandbox: Sandbox;
  readonly server: Server;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** Whose share of the processors is reported as well. */
  readonly processes?: Readonly<Record<string, number>>;
};

/** Sends CreateOrder calls from a process of its own, and watches who uses the processors meanwhile. */
export async function measureLoad(options: MeasureLoad): Promise<MeasuredLoad> {
  const { service, sandbox, server, processes: others, ...load } = options;
  const order: LoadOrder = { ...load, port: service.port, token: await sandbox.token() };
  const child = startChild({
    name: "load",
    script: "test/bench/load/main.ts",
    args: [JSON.stringify(order)],
  });
  const processes = { service: service.child.pid, load: child.pid, sandbox: sandbox.child.pid, ...others };
  let stopWatching: (() => CoresUsed | undefined) | undefined;
  let cores: CoresUsed | undefined;
  let loadedMb: number | undefined;
  let windowBeganAt = 0;
  let windowEndedAt = 0;
  const result = new Promise<LoadResult>((resolve) => {
    child.process.on("message", (message: LoadMessage) => {
      if (message.window === "begins") {
        windowBeganAt = Date.now();
        stopWatching = watchCpu({ processes, postmaster: server.postmaster });
      }
      if (message.window === "ends") {
        windowEndedAt = Date.now();
        cores = stopWatching?.();
        loadedMb = residentMb(service.child.pid);
      }
      if (message.result) resolve(message.result);
    });
  });
  const answer = await Promise.race([result, child.failed, service.child.failed]);
  await child.stop();
  return { ...answer, cores, loadedMb, windowBeganAt, windowEndedAt };
}

type LoadMessage = { readonly window?: "begins" | "ends"; readonly result?: LoadResult };
