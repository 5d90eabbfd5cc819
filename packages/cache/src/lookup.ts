import type { Log, Metrics } from "@till/telemetry";
import { LRUCache } from "lru-cache";
import { answerMisses } from "./answer-misses.ts";
import type { Miss } from "./answer-misses.ts";
import { inBatches } from "./in-batches.ts";
import { fromJsonText, jsonText } from "./json-text.ts";
import { countReads } from "./reads.ts";
import { storeTier } from "./store-tier.ts";
import type { CacheStore } from "./store.ts";
import { untilAborted } from "./until-aborted.ts";

export type Lookup<Value> = {
  /** The value, or undefined when the source does not know the key. Rejects when the source cannot be reached. */
  get(key: string, call?: Call): Promise<Value | undefined>;
  /** Those of the keys that the source knows. */
  getMany(keys: readonly string[], call?: Call): Promise<Map<string, Value>>;
  /** The value if memory has it, at once; undefined says only that it is not in memory. */
  peek(key: string): Value | undefined;
  /** Those of the keys that the source knows, as it has them now: memory and store are not read, and both are updated. */
  refresh(keys: readonly string[]): Promise<Map<string, Value>>;
  /** Goes to the source next time. Other processes may serve what they have in memory until it runs out. */
  forget(key: string): void;
};

export type LookupOptions<Value> = {
  readonly name: string;
  /** Called with at most 500 keys at a time; must end by itself, so give it a deadline. */
  readonly fetchMany: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
  readonly store?: CacheStore | undefined;
  readonly memoryMs?: number;
  readonly storeMs?: number;
  readonly unknownMs?: number;
  readonly maxEntries?: number;
  readonly encode?: (value: Value) => string;
  readonly decode?: (text: string) => Value;
  readonly log?: Log | undefined;
  readonly metrics?: Metrics | undefined;
  readonly now?: () => number;
};

type Call = { readonly signal?: AbortSignal | undefined };

/**
 * Reads through memory, then the store, then the source, which is called once for what is missed at the same
 * time, by however many callers. Values are shared between callers, so they must not be changed.
 */
export function createLookup<Value>(options: LookupOptions<Value>): Lookup<Value> {
  const { name, fetchMany, store, log, metrics, now = () => performance.now() } = options;
  const { memoryMs = 5_000, storeMs = 60_000, unknownMs = 2_000, maxEntries = 10_000 } = options;
  const { encode = jsonText, decode = fromJsonText as (text: string) => Value } = options;
  const reads = countReads(name, metrics);
  const tier = store && storeTier({ name, store, storeMs, encode, decode, reads, log });
  const memory = new LRUCache<string, Entry<Value>>({ max: maxEntries });
  const misses = new Map<string, Miss<Value>>();
  const source = { tier, fetchMany, reads, resolve, reject };
  const answerSoon = inBatches<Miss<Value>>(500, (batch) => void answerMisses(batch, source));

  function inMemory(key: string): Entry<Value> | undefined {
    const entry = memory.get(key);
    if (entry === undefined || now() >= entry.freshUntil) return undefined;
    reads.memory += 1;
    return entry;
  }

  function get(key: string, { signal }: Call = noCall): Promise<Value | undefined> {
    const entry = inMemory(key);
    if (entry !== undefined) return entry.answer;
    if (signal === undefined) return miss(key);
    return signal.aborted ? Promise.reject(signal.reason as Error) : untilAborted(miss(key), signal);
  }

  function miss(key: string): Promise<Value | undefined> {
    return (misses.get(key) ?? startMiss(key, false)).promise;
  }

  function refresh(key: string): Promise<Value | undefined> {
    const known = misses.get(key);
    return (known?.isRefresh ? known : startMiss(key, true)).promise;
  }

  function startMiss(key: string, isRefresh: boolean): Miss<Value> {
    const missed = { key, isRefresh, ...Promise.withResolvers<Value | undefined>() };
    misses.set(key, missed);
    answerSoon(missed);
    return missed;
  }

  function resolve(missed: Miss<Value>, value: Value | undefined): boolean {
    const isCurrent = misses.get(missed.key) === missed;
    if (isCurrent) {
      misses.delete(missed.key);
      const freshUntil = now() + (value === undefined ? unknownMs : memoryMs);
      memory.set(missed.key, { value, answer: missed.promise, freshUntil });
    }
    missed.resolve(value);
    return isCurrent;
  }

  function reject(missed: Miss<Value>, error: unknown): void {
    if (misses.get(missed.key) === missed) misses.delete(missed.key);
    missed.reject(error);
  }

  return {
    get,
    getMany: (keys, call) => getEach(keys, (key) => get(key, call)),
    refresh: (keys) => getEach(keys, refresh),
    peek: (key) => inMemory(key)?.value,
    forget(key) {
      memory.delete(key);
      misses.delete(key);
      tier?.forget(key);
    },
  };
}

async function getEach<Value>(
  keys: readonly string[],
  get: (key: string) => Promise<Value | undefined>,
): Promise<Map<string, Value>> {
  const values = await Promise.all(keys.map(get));
  const found = new Map<string, Value>();
  keys.forEach((key, at) => {
    const value = values[at];
    if (value !== undefined) found.set(key, value);
  });
  return found;
}

type Entry<Value> = {
  readonly value: Value | undefined;
  /** Handed to every hit, so that a hit allocates nothing. */
  readonly answer: Promise<Value | undefined>;
  readonly freshUntil: number;
};

const noCall: Call = {};
