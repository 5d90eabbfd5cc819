import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";

/** What has to outlive the process, on pages by what it is about. */
export type Journal = {
  /** Asked for once by whoever keeps it. */
  page<Entry>(name: string): Page<Entry>;
  close(): void;
};

/** Plain data, each entry under an id of its own. An entry that was written is not changed: another takes its place. */
export type Page<Entry> = {
  /** What earlier processes wrote and did not strike, in the order of their ids' first writing. */
  readonly earlier: readonly Entry[];
  write(id: string, entry: Entry): void;
  strike(id: string): void;
};

/** A journal that is gone with the process. */
export const noJournal: Journal = {
  page: () => ({ earlier: [], write: () => undefined, strike: () => undefined }),
  close: () => undefined,
};

/**
 * A journal in a file. What happens at once, without a wait in between, is one line of it, and that is with the operating
 * system before anybody can be answered: a killed process loses nothing it told of, and a line that was torn counts as
 * not written. It is not forced to the disk: the machine's own end may cost the last seconds. A full disk ends the process.
 */
export async function openJournal(path: string): Promise<Journal> {
  const { pages, file } = await reopen(path).catch((cause: Error) => {
    throw new Error(`cannot keep the journal ${path}: ${cause.message}`, { cause });
  });
  let line: Change[] = [];
  let isOpen = true;

  function note(change: Change): void {
    if (line.length === 0) queueMicrotask(writeLine);
    line.push(change);
  }

  function writeLine(): void {
    if (isOpen) appendFileSync(file, lineOf(line));
    line = [];
  }

  return {
    page<Entry>(name: string): Page<Entry> {
      const earlier = [...(pages.get(name)?.values() ?? [])] as Entry[];
      pages.delete(name);
      return {
        earlier,
        write: (id, entry) => note([name, id, entry]),
        strike: (id) => note([name, id]),
      };
    },
    close() {
      writeLine();
      isOpen = false;
      closeSync(file);
    },
  };
}

/** An entry that was written, or struck where there is none. */
type Change = readonly [page: string, id: string, entry?: unknown];

type Pages = Map<string, Map<string, unknown>>;

async function reopen(path: string): Promise<{ pages: Pages; file: number }> {
  const pages = await readPages(path);
  return { pages, file: writeAnew(path, pages) };
}

async function readPages(path: string): Promise<Pages> {
  const pages: Pages = new Map();
  if (!existsSync(path)) return pages;
  let number = 0;
  let torn: number | undefined;
  for await (const text of (await open(path)).readLines()) {
    // Nothing is ever added behind a torn line, for every start writes the file anew.
    if (torn !== undefined) throw new Error(`line ${torn} is damaged`);
    number++;
    const line = parseLine(text);
    if (!line) torn = number;
    for (const [name, id, entry] of line ?? []) {
      const page = pages.get(name) ?? new Map<string, unknown>();
      if (entry === undefined) page.delete(id);
      else page.set(id, entry);
      pages.set(name, page);
    }
  }
  return pages;
}

function parseLine(text: string): readonly Change[] | undefined {
  try {
    return JSON.parse(text) as readonly Change[];
  } catch {
    return undefined; // the part of an array that was written never parses
  }
}

/** Writes what counts still to a new file, which takes the old one's place when it is whole. */
function writeAnew(path: string, pages: Pages): number {
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, "w", 0o600);
  for (const [name, page] of pages) {
    const entries = [...page].map(([id, entry]): Change => [name, id, entry]);
    // Some at a time: all of a long history is more than one string can hold.
    for (let n = 0; n < entries.length; n += 1_000) appendFileSync(file, lineOf(entries.slice(n, n + 1_000)));
  }
  fsyncSync(file);
  renameSync(unfinished, path);
  return file;
}

function lineOf(changes: readonly Change[]): string {
  return changes.length === 0 ? "" : `${JSON.stringify(changes)}\n`;
}
