import { once } from "node:events";
import { connect } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "pg";
import { freePort } from "@till/embedded-postgres/free-port";
import type { Bench } from "./bench.ts";
import { startChild, whenListening } from "./child.ts";
import { watchCpu, type CoresUsed } from "./cpu.ts";
import { quantilesOf, type Quantiles } from "./load/quantiles.ts";

export type FloorRun = Quantiles & {
  readonly what: string;
  readonly pace: string;
  readonly perSecond: number;
  readonly cores: CoresUsed | undefined;
};

/** How calls follow each other; a load of a few in flight is between the second and the third. */
const paces = [
  { pace: "64 at once", atOnce: 64, everyMs: 0 },
  { pace: "one after the other", atOnce: 1, everyMs: 0 },
  { pace: "one each 20 ms", atOnce: 1, everyMs: 20 },
] as const;

/** What any service in Node on Postgres pays for its messages: a call of node:http2 alone, and a statement of pg. */
export async function measureFloor(bench: Bench): Promise<readonly FloorRun[]> {
  return [...(await measureCalls(bench)), ...(await measureStatements(bench))];
}

async function measureCalls(bench: Bench): Promise<FloorRun[]> {
  const port = await freePort();
  const server = startChild({ name: "server", script: "test/bench/floor/main.ts", args: [`${port}`] });
  await whenListening(server, port);
  const session = connect(`http://127.0.0.1:${port}`);
  async function call(): Promise<void> {
    const stream = session.request({ ":method": "POST", ":path": "/till.order.v1.OrderService/GetOrder" });
    stream.resume();
    stream.end("x".repeat(200));
    await once(stream, "end");
  }
  const processes = { client: process.pid, server: server.pid };
  const runs = await inEachPace(bench, "call of node:http2", call, { processes, postmaster: undefined });
  session.close();
  await server.stop();
  return runs;
}

async function measureStatements(bench: Bench): Promise<FloorRun[]> {
  const { postmaster } = bench.server;
  const database = "till_bench_floor";
  const pool = new Pool({ connectionString: await bench.server.createDatabase(database), max: 10 });
  const statement = { name: "one", text: "SELECT $1::integer AS one", values: [1] };
  const run = async () => void (await pool.query(statement));
  const runs = await inEachPace(bench, "statement of pg", run, {
    processes: { client: process.pid },
    postmaster,
  });
  await pool.end();
  await bench.server.dropDatabase(database);
  return runs;
}

async function inEachPace(
  { times, report }: Bench,
  what: string,
  work: () => Promise<void>,
  watched: Parameters<typeof watchCpu>[0],
): Promise<FloorRun[]> {
  const runs: FloorRun[] = [];
  for (const { pace, atOnce, everyMs } of paces) {
    await repeat(work, atOnce, everyMs, times.warmUpMs);
    const stopWatching = watchCpu(watched);
    const tookMs = await repeat(work, atOnce, everyMs, times.measuredMs);
    const cores = stopWatching();
    const perSecond = (tookMs.length * 1000) / times.measuredMs;
    const run = { what, pace, ...quantilesOf(Float64Array.from(tookMs)), perSecond, cores };
    report(`${what}, ${pace}`, run, cores);
    runs.push(run);
  }
  return runs;
}

/** Repeats the work, so many at once, and returns how long each took. */
async function repeat(
  work: () => Promise<void>,
  atOnce: number,
  everyMs: number,
  forMs: number,
): Promise<number[]> {
  const tookMs: number[] = [];
  const endsAt = performance.now() + forMs;
  const loop = async () => {
    while (performance.now() < endsAt) {
      const startedAt = performance.now();
      await work();
      tookMs.push(performance.now() - startedAt);
      if (everyMs > 0) await delay(everyMs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  return tookMs;
}
