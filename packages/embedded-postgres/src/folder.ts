import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, realpath, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Account, runAs, succeeds } from "./account.ts";

type Wanted = { readonly wanted: string; readonly account: Account; readonly log: (line: string) => void };

/** What is kept there by us: the server's own, and what `npm start` keeps beside it. */
const own = new Set([
  "cluster",
  "cluster.new",
  "password",
  "server.log",
  "server.log.old",
  "owner",
  "encryption-keys",
  "env",
  "sandbox-journal",
  "sandbox-journal.new",
]);

/**
 * Makes a folder for the server's data that the account alone can use. Where it is wanted, if the
 * account can get there; else (a checkout in /root, a folder of mode 0700) below /var/tmp, and says so.
 */
export async function findFolder({ wanted, account, log }: Wanted): Promise<string> {
  const path = resolve(wanted);
  if (await prepare(path, account)) return realpath(path);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 12);
  const elsewhere = `/var/tmp/till-${hash}`;
  log(`keeping Postgres's data in ${elsewhere}, because its user cannot reach ${path}`);
  if (await prepare(elsewhere, account)) return realpath(elsewhere);
  throw new Error(`neither ${path} nor ${elsewhere} can be used by Postgres's user`);
}

async function prepare(path: string, account: Account): Promise<boolean> {
  const made = await mkdir(path, { recursive: true });
  await requireOwn(path, account);
  if (account.uid !== undefined) await runAs({}, "chown", ["-hR", `${account.uid}:${account.gid}`, path]);
  await chmod(path, 0o700);
  if (await succeeds(account, "test", ["-w", path])) return true;
  if (made !== undefined) await rm(made, { recursive: true });
  return false;
}

/** A mistyped path must cost nothing: what holds other files, or is another user's, is left alone. */
async function requireOwn(path: string, account: Account): Promise<void> {
  const foreign = (await readdir(path)).find((name) => !own.has(name) && !name.startsWith("owner."));
  if (foreign !== undefined)
    throw new Error(`${path} holds other files (${foreign}): Postgres needs a folder of its own`);
  const { uid } = await stat(path);
  const ours = [process.getuid?.(), account.uid];
  if (!ours.includes(uid)) throw new Error(`${path} belongs to another user (id ${uid})`);
}
