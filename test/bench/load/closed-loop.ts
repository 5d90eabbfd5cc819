import { setTimeout as sleep } from "node:timers/promises";
import { quantilesOf, type Quantiles } from "./quantiles.ts";
import { tellBench } from "./tell-bench.ts";
import { untilSteady, type WarmUp } from "./until-steady.ts";

export type ClosedLoop = {
  /** So many are under way at any time; the end of one begins the next. */
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** Does it once and returns how long it took, in ms. */
  readonly once: () => Promise<number>;
};

export type LoopResult = Quantiles &
  WarmUp & {
    /** Those that ended in the measured window; so are the rest. */
    readonly operations: number;
    readonly perSecond: number;
    /** Of the whole run, warm-up included: what the database must agree with. */
    readonly operationsInAll: number;
  };

/** Does something over and over until its rate is steady, then measures it. Rejects as soon as it fails once. */
export async function runClosedLoop({ atOnce, warmUpMs, measuredMs, once }: ClosedLoop): Promise<LoopResult> {
  let tookMs: number[] = [];
  let operationsInAll = 0;
  let isOver = false;
  async function goOn(): Promise<void> {
    while (!isOver) {
      tookMs.push(await once());
      operationsInAll += 1;
    }
  }
  const running = Promise.all(Array.from({ length: atOnce }, goOn));
  const failed = running.then(() => undefined as never); // it does not end before it is over
  const warmUp = await Promise.race([failed, untilSteady(() => operationsInAll, warmUpMs)]);
  tellBench({ window: "begins" });
  const startedAt = performance.now();
  tookMs = [];
  await Promise.race([failed, sleep(measuredMs)]);
  tellBench({ window: "ends" });
  const seconds = (performance.now() - startedAt) / 1000;
  const times = Float64Array.from(tookMs);
  if (times.length === 0) throw new Error(`in ${seconds.toFixed(1)} s nothing was completed: measure longer`);
  isOver = true;
  await running;
  const perSecond = times.length / seconds;
  return { ...warmUp, operations: times.length, perSecond, operationsInAll, ...quantilesOf(times) };
}

/** How long something takes, in ms. */
export async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
