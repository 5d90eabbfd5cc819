import type { Bench } from "./bench.ts";
import type { CoresUsed } from "./cpu.ts";
import type { LoadResult, Pace } from "./load/generate.ts";
import type { LoadOrder } from "./load/main.ts";
import { runLoad, type MeasuredWindow } from "./run-load.ts";
import type { Service } from "./services.ts";

export type MeasuredLoad = LoadResult & {
  readonly cores: CoresUsed | undefined;
  readonly loadedMb: number | undefined;
  readonly window: MeasuredWindow<"service">;
};

type MeasureLoad = {
  readonly service: Service;
  readonly pace: Pace;
  readonly times: Bench["times"];
  readonly profileFolder?: string | undefined;
  /** Whose share of the processors is reported as well. */
  readonly processes?: Readonly<Record<string, number>>;
};

/** Sends CreateOrder calls from a process of its own, and watches who uses the processors meanwhile. */
export async function measureLoad(
  { sandbox, server }: Pick<Bench, "sandbox" | "server">,
  { service, pace, times, profileFolder, processes = {} }: MeasureLoad,
): Promise<MeasuredLoad> {
  const order: LoadOrder = { pace, ...times, port: service.port, token: await sandbox.token() };
  const { result, window } = await runLoad<LoadResult, "service">({
    ...{ name: "load", script: "test/bench/load/main.ts", argument: order, profileFolder },
    ...{ services: { service }, sandbox, processes, postmaster: server.postmaster },
  });
  return { ...result, cores: window.cores, loadedMb: window.loadedMb.service, window };
}
