/**
 * Where looked-up values are shared between processes. It holds only what may be lost, so it never rejects
 * and never holds a caller up for long: what it cannot read is not there, what it cannot write is dropped.
 */
export type CacheStore = {
  /** The value of each key, at the key's place. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  setMany(entries: readonly StoredEntry[]): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

export type StoredEntry = { readonly key: string; readonly value: string; readonly ttlMs: number };
