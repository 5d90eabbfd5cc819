import { hash } from "node:crypto";

/** Random values that a seed determines. */
export type Random = {
  /** An integer from 0 up to, and without, the limit. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  bytes(length: number): Buffer;
};

/** Random values by the generator xorshift128: the same seed gives the same ones in the same order. */
export function randomFrom(seed: string): Random {
  const digest = hash("sha256", seed, "buffer");
  const state = new Uint32Array([0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset) | 1));
  function next(): number {
    const last = state[3]!;
    let mixed = last ^ (last << 11);
    mixed ^= mixed >>> 8;
    state.copyWithin(1, 0, 3);
    state[0] = mixed ^ state[1]! ^ (state[1]! >>> 19);
    return state[0];
  }
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: <Value>(values: readonly Value[]) => values[below(values.length)] as Value,
    bytes(length) {
      const bytes = Buffer.alloc(length + 3);
      for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(next(), Math.min(at, length - 1));
      return bytes.subarray(0, length);
    },
  };
}
