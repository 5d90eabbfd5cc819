import { startChild } from "./child.ts";
import { residentMb, watchCpu, type CoresUsed } from "./cpu.ts";
import type { Server } from "./databases.ts";
import type { LoadResult, Pace } from "./load/generate.ts";
import type { LoadOrder } from "./load/main.ts";
import type { Sandbox, Service } from "./services.ts";

export type MeasuredLoad = LoadResult & {
  readonly cores: CoresUsed | undefined;
  readonly loadedMb: number | undefined;
};

export type MeasureLoad = {
  readonly service: Service;
  readonly sandbox: Sandbox;
  readonly server: Server;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measuredMs: number;
};

/** Sends CreateOrder calls from a process of its own, and watches who uses the processors meanwhile. */
export async function measureLoad({ service, sandbox, server, ...load }: MeasureLoad): Promise<MeasuredLoad> {
  const order: LoadOrder = { ...load, port: service.port, token: await sandbox.token() };
  const child = startChild({ name: "load", script: "test/bench/load/main.ts", args: [JSON.stringify(order)] });
  const processes = { service: service.child.pid, load: child.pid, sandbox: sandbox.child.pid };
  let stopWatching: (() => CoresUsed | undefined) | undefined;
  let cores: CoresUsed | undefined;
  let loadedMb: number | undefined;
  const result = new Promise<LoadResult>((resolve) => {
    child.process.on("message", (message: LoadMessage) => {
      if (message.window === "begins") stopWatching = watchCpu({ processes, postmaster: server.postmaster });
      if (message.window === "ends") {
        cores = stopWatching?.();
        loadedMb = residentMb(service.child.pid);
      }
      if (message.result) resolve(message.result);
    });
  });
  const answer = await Promise.race([result, child.failed, service.child.failed]);
  await child.stop();
  return { ...answer, cores, loadedMb };
}

type LoadMessage = { readonly window?: "begins" | "ends"; readonly result?: LoadResult };
