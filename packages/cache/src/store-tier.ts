import type { Log } from "@till/telemetry";
import { inSpan } from "@till/tracing";
import type { Reads } from "./reads.ts";
import type { CacheStore } from "./store.ts";

/** One lookup's share of a store: its values as text, under its name. */
export type StoreTier<Value> = {
  read(keys: readonly string[]): Promise<Map<string, Value>>;
  /** Written in the background; no caller waits for it. */
  write(found: ReadonlyMap<string, Value>): void;
  forget(key: string): void;
};

type StoreTierOptions<Value> = {
  readonly name: string;
  readonly store: CacheStore;
  readonly storeMs: number;
  readonly encode: (value: Value) => string;
  readonly decode: (text: string) => Value;
  readonly reads: Reads;
  readonly log: Log | undefined;
};

/** A value that cannot be encoded or decoded is as good as not stored: it is counted, and the first one logged. */
export function storeTier<Value>(tier: StoreTierOptions<Value>): StoreTier<Value> {
  const { name, store, storeMs, encode, decode } = tier;
  const keyOf = (key: string) => `${name}:${key}`;
  const usable = firstUnusableLogged(tier);
  const traced = <Result>(call: string, work: () => Promise<Result>) =>
    inSpan(`${call} cached ${name}`, span, work);
  return {
    async read(keys) {
      const texts = await traced("read", () => store.getMany(keys.map(keyOf)));
      const found = new Map<string, Value>();
      keys.forEach((key, at) => {
        const text = texts[at];
        const value = text === undefined ? undefined : usable(decode, text);
        if (value !== undefined) found.set(key, value);
      });
      return found;
    },
    write(found) {
      const entries = [...found].flatMap(([key, value]) => {
        const text = usable(encode, value);
        return text === undefined ? [] : [{ key: keyOf(key), value: text, ttlMs: jittered(storeMs) }];
      });
      if (entries.length > 0) void traced("write", () => store.setMany(entries));
    },
    forget: (key) => void traced("forget", () => store.deleteMany([keyOf(key)])),
  };
}

const span = { kind: "client", onlyWithin: true } as const;

function firstUnusableLogged({ name, reads, log }: { name: string; reads: Reads; log: Log | undefined }) {
  return <From, To>(convert: (from: From) => To, from: From): To | undefined => {
    try {
      return convert(from);
    } catch (error) {
      reads.unusable += 1;
      if (reads.unusable === 1)
        log?.error({ err: error, lookup: name }, "cached value cannot be written or read");
      return undefined;
    }
  };
}

/** Ten per cent either way, so that what was stored together does not run out together. */
function jittered(ms: number): number {
  return Math.max(1, Math.round(ms * (0.9 + Math.random() * 0.2)));
}
