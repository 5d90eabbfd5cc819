import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { processIdentity } from "./process-identity.ts";

/**
 * Marks a folder as in use by this process and returns how to release it. Fails when a living process has
 * it; the mark of a dead one is taken over.
 */
export async function takeFolder(folder: string): Promise<() => Promise<void>> {
  const mark = join(folder, "owner");
  const mine = `${mark}.${process.pid}`;
  await writeFile(mine, `${process.pid} ${await processIdentity(process.pid)}`);
  try {
    while (!(await linked(mine, mark))) {
      const owner = await livingOwner(mark);
      if (owner !== undefined) throw new Error(`${folder} is in use by process ${owner}`);
      await rm(mark, { force: true });
    }
  } finally {
    await rm(mine);
  }
  return () => rm(mark, { force: true });
}

/** A link appears with its content or not at all, unlike a file that is created and then written. */
async function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
}

async function livingOwner(mark: string): Promise<number | undefined> {
  const text = await readFile(mark, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "0 released meanwhile";
    throw error;
  });
  const [pid, ...identity] = text.split(" ");
  const living = await processIdentity(Number(pid));
  return living !== undefined && living === identity.join(" ") ? Number(pid) : undefined;
}
