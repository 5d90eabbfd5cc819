import { globSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { findAccount } from "../../packages/embedded-postgres/src/account.ts";
import {
  createCluster,
  readPassword,
  startCluster,
  stopCluster,
  superuser,
} from "../../packages/embedded-postgres/src/cluster.ts";
import { findFolder } from "../../packages/embedded-postgres/src/folder.ts";

export type DebianPostgres = {
  readonly version: string;
  /** Of the database `postgres`, as the superuser. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

/** The folder of the oldest Postgres that Debian's packages have put on this machine. */
export function oldestDebianPostgres(): string | undefined {
  const versionOf = (bin: string) => Number(basename(dirname(bin)));
  return globSync("/usr/lib/postgresql/*/bin").sort((a, b) => versionOf(a) - versionOf(b))[0];
}

/** Starts a throw-away server with the programs in `bin`, on a free port of 127.0.0.1. */
export async function startDebianPostgres(bin: string): Promise<DebianPostgres> {
  const log = () => undefined;
  const account = await findAccount(log);
  const wanted = await mkdtemp("/var/tmp/till-debian-postgres-");
  const folder = await findFolder({ wanted, account, log });
  const binaries = {
    initdb: join(bin, "initdb"),
    postgres: join(bin, "postgres"),
    pgCtl: join(bin, "pg_ctl"),
  };
  const cluster = { folder, path: join(folder, "cluster"), account, binaries, log };
  await createCluster(cluster);
  const port = await startCluster(cluster, 0);
  const password = await readPassword(cluster);
  return {
    version: basename(dirname(bin)),
    url: `postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      await stopCluster(cluster);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
