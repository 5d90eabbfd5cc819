import { setTimeout as delay } from "node:timers/promises";
import { parentPort } from "node:worker_threads";

/** A thread that does ten milliseconds of work every so often, and reports how many times longer than its best it took. */
const everyMs = 150;
const rounds = roundsOf(10);
let best = Infinity;
for (;;) {
  const ms = timeOf(rounds);
  best = Math.min(best, ms);
  parentPort!.postMessage(ms / best);
  await delay(everyMs);
}

function roundsOf(ms: number): number {
  let rounds = 10_000;
  while (timeOf(rounds) < ms) rounds *= 2;
  return rounds;
}

function timeOf(rounds: number): number {
  const startedAt = performance.now();
  let value = 1;
  for (let round = 0; round < rounds; round += 1) value = (value * 48_271) % 2_147_483_647;
  return value > 0 ? performance.now() - startedAt : Infinity;
}
