import { startChild } from "../bench/child.ts";
import type { LoadResult, Pace } from "../bench/load/generate.ts";
import type { HttpLoadOrder, HttpLoadResult } from "../bench/load/http-main.ts";
import type { LoadOrder } from "../bench/load/main.ts";

type Load = { readonly port: number; readonly token: string; readonly pace: Pace; readonly ms: number };

type HttpLoad = Omit<HttpLoadOrder, "warmUpMs" | "measuredMs"> & { readonly ms: number };

/** Sends CreateOrder calls from a process of its own; returns what came of them. */
export function sendLoad({ ms, ...load }: Load): Promise<LoadResult> {
  const order: LoadOrder = { ...load, warmUpMs: 0, measuredMs: ms };
  return runLoad("test/bench/load/main.ts", order);
}

/** Sends GET requests of HTTP/1.1 in the same way. */
export function sendHttpLoad({ ms, ...load }: HttpLoad): Promise<HttpLoadResult> {
  const order: HttpLoadOrder = { ...load, warmUpMs: 0, measuredMs: ms };
  return runLoad("test/bench/load/http-main.ts", order);
}

async function runLoad<Result>(script: string, order: LoadOrder | HttpLoadOrder): Promise<Result> {
  const child = startChild({ name: "load", script, args: [JSON.stringify(order)] });
  const result = new Promise<Result>((resolve) => {
    child.process.on("message", (message: { readonly result?: Result }) => {
      if (message.result) resolve(message.result);
    });
  });
  try {
    return await Promise.race([result, child.failed]);
  } finally {
    await child.stop();
  }
}

/** Brings a service to its peak for some seconds, so that its memory is that of a service at work; returns the peak. */
export async function warmUp(target: Omit<Load, "pace" | "ms">): Promise<number> {
  await sendLoad({ ...target, pace: { inFlight: 256 }, ms: 8_000 });
  const { perSecond } = await sendLoad({ ...target, pace: { inFlight: 256 }, ms: 8_000 });
  return perSecond;
}
