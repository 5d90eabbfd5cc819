import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The user and group id that the server runs under; empty for those of this process. */
export type Account = { readonly uid?: number; readonly gid?: number };

const execute = promisify(execFile);

/** Postgres does not run as root, so root runs it as the user `postgres`, made when there is none. */
export async function findAccount(log: (line: string) => void): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  if (!(await exists("postgres"))) {
    log("creating the system user postgres, because Postgres does not run as root");
    await runAs({}, "useradd", [
      "--system",
      "--user-group",
      "--no-create-home",
      "--shell",
      "/bin/false",
      "postgres",
    ]);
  }
  return { uid: await numberOf("-u"), gid: await numberOf("-g") };
}

/**
 * Runs a program as the account and returns what it printed. The folder and the environment are
 * neutral: ours may be out of the account's reach, and a PGPORT or PGDATA in it would be obeyed.
 */
export async function runAs(account: Account, file: string, args: readonly string[]): Promise<string> {
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" };
  const { stdout } = await execute(file, args, { ...account, cwd: "/", env });
  return stdout;
}

/** Whether a program runs and ends well for the account. */
export function succeeds(account: Account, file: string, args: readonly string[]): Promise<boolean> {
  return runAs(account, file, args).then(
    () => true,
    () => false,
  );
}

function exists(user: string): Promise<boolean> {
  return succeeds({}, "id", ["-u", user]);
}

async function numberOf(flag: "-u" | "-g"): Promise<number> {
  return Number(await runAs({}, "id", [flag, "postgres"]));
}
