import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";

/** State that outlives the process, in named sections. */
export type Journal = {
  /** Opens a section; each section has one owner, which opens it once. */
  section<Entry>(name: string): Section<Entry>;
  close(): void;
};

/** Plain data under ids. An entry is never changed in place: `put` replaces it. */
type Section<Entry> = {
  /** Entries of earlier processes that were not removed, in the order of their ids' first `put`. */
  readonly restored: readonly Entry[];
  put(id: string, entry: Entry): void;
  remove(id: string): void;
};

/** A journal that keeps nothing. */
export const noJournal: Journal = {
  section: () => ({ restored: [], put: () => undefined, remove: () => undefined }),
  close: () => undefined,
};

/**
 * A journal in a file. Changes of one synchronous step form one line, which reaches the operating system before the step's
 * response is sent: a killed process loses no acknowledged change, and a torn last line counts as not written. There is no
 * fsync: a power failure may lose the last seconds. A full disk ends the process.
 */
export async function openJournal(path: string): Promise<Journal> {
  const { sections, file } = await reopen(path).catch((cause: Error) => {
    throw new Error(`cannot keep the journal ${path}: ${cause.message}`, { cause });
  });
  let line: Change[] = [];
  let isOpen = true;

  function append(change: Change): void {
    if (line.length === 0) queueMicrotask(writeLine);
    line.push(change);
  }

  function writeLine(): void {
    if (isOpen) appendFileSync(file, lineOf(line));
    line = [];
  }

  return {
    section<Entry>(name: string): Section<Entry> {
      const restored = [...(sections.get(name)?.values() ?? [])] as Entry[];
      sections.delete(name);
      return {
        restored,
        put: (id, entry) => append([name, id, entry]),
        remove: (id) => append([name, id]),
      };
    },
    close() {
      writeLine();
      isOpen = false;
      closeSync(file);
    },
  };
}

/** A put, or a removal where there is no entry. */
type Change = readonly [section: string, id: string, entry?: unknown];

type Sections = Map<string, Map<string, unknown>>;

async function reopen(path: string): Promise<{ sections: Sections; file: number }> {
  const sections = await readSections(path);
  return { sections, file: compact(path, sections) };
}

async function readSections(path: string): Promise<Sections> {
  const sections: Sections = new Map();
  if (!existsSync(path)) return sections;
  let number = 0;
  let torn: number | undefined;
  for await (const text of (await open(path)).readLines()) {
    // No line can follow a torn one: every start rewrites the file.
    if (torn !== undefined) throw new Error(`line ${torn} is damaged`);
    number++;
    const line = parseLine(text);
    if (!line) torn = number;
    for (const [name, id, entry] of line ?? []) {
      const section = sections.get(name) ?? new Map<string, unknown>();
      if (entry === undefined) section.delete(id);
      else section.set(id, entry);
      sections.set(name, section);
    }
  }
  return sections;
}

function parseLine(text: string): readonly Change[] | undefined {
  try {
    return JSON.parse(text) as readonly Change[];
  } catch {
    return undefined; // a prefix of a JSON array never parses
  }
}

/** Writes the live entries to a new file, then renames it over the old one. */
function compact(path: string, sections: Sections): number {
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, "w", 0o600);
  for (const [name, section] of sections) {
    const entries = [...section].map(([id, entry]): Change => [name, id, entry]);
    // In parts: a long history exceeds the longest possible string.
    for (let n = 0; n < entries.length; n += 1_000) appendFileSync(file, lineOf(entries.slice(n, n + 1_000)));
  }
  fsyncSync(file);
  renameSync(unfinished, path);
  return file;
}

function lineOf(changes: readonly Change[]): string {
  return changes.length === 0 ? "" : `${JSON.stringify(changes)}\n`;
}
