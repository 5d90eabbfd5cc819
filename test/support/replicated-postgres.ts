import { appendFile, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { findAccount, runAs } from "../../packages/embedded-postgres/src/account.ts";
import { findBinaries } from "../../packages/embedded-postgres/src/binaries.ts";
import {
  createCluster,
  readPassword,
  startCluster,
  stopCluster,
  superuser,
  type Cluster,
} from "../../packages/embedded-postgres/src/cluster.ts";
import { findFolder } from "../../packages/embedded-postgres/src/folder.ts";
import { eventually } from "./eventually.ts";

/** A primary and its synchronous streaming standby, on free ports of 127.0.0.1. */
export type ReplicatedPostgres = {
  /** host:port of each. */
  readonly primary: string;
  readonly standby: string;
  /** Of the database `postgres` at host:port, as the superuser. */
  readonly url: (address: string) => string;
  /** Ends the primary as a crash does. */
  readonly killPrimary: () => Promise<void>;
  /** Makes the standby the primary; resolves once it takes writes. */
  readonly promote: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const standbyName = "standby";

/** Starts both: a commit on the primary waits until the standby has it on disk. */
export async function startReplicatedPostgres(): Promise<ReplicatedPostgres> {
  const log = () => undefined;
  const account = await findAccount(log);
  const binaries = await findBinaries(account, log);
  const clusterIn = async (): Promise<Cluster> => {
    const wanted = await mkdtemp("/var/tmp/till-replicated-");
    const folder = await findFolder({ wanted, account, log });
    return { folder, path: join(folder, "cluster"), account, binaries, log };
  };
  const [primary, standby] = [await clusterIn(), await clusterIn()];
  await createCluster(primary);
  const password = await readPassword(primary);
  const url = (address: string) => `postgresql://${superuser}:${password}@${address}/postgres`;
  // Over what the embedded server has, which nothing replicates from.
  await configure(primary, { wal_level: "replica", max_wal_senders: 10, hot_standby: "on" });
  await cp(primary.folder, standby.folder, { recursive: true });
  const primaryPort = await startCluster(primary, 0);
  const conninfo = `host=127.0.0.1 port=${primaryPort} user=${superuser} password=${password}`;
  await configure(standby, { primary_conninfo: `${conninfo} application_name=${standbyName}` });
  await writeFile(join(standby.path, "standby.signal"), "");
  const { uid, gid } = account;
  if (uid !== undefined) await runAs({}, "chown", ["-R", `${uid}:${gid}`, standby.folder]);
  const standbyPort = await startCluster(standby, 0);
  const [primaryAddress, standbyAddress] = [`127.0.0.1:${primaryPort}`, `127.0.0.1:${standbyPort}`];
  await query(url(primaryAddress), `ALTER SYSTEM SET synchronous_standby_names = '${standbyName}'`);
  await query(url(primaryAddress), "SELECT pg_reload_conf()");
  await eventually(async () => {
    const [row] = await query(url(primaryAddress), "SELECT sync_state FROM pg_stat_replication");
    return row?.["sync_state"] === "sync";
  });

  return {
    primary: primaryAddress,
    standby: standbyAddress,
    url,
    async killPrimary() {
      await runAs(account, binaries.pgCtl, ["stop", "-D", primary.path, "-m", "immediate"]);
    },
    promote: async () => void (await query(url(standbyAddress), "SELECT pg_promote()")),
    async stop() {
      for (const cluster of [primary, standby]) {
        await stopCluster(cluster);
        await rm(cluster.folder, { recursive: true, force: true });
      }
    },
  };
}

function configure({ path }: Cluster, settings: Readonly<Record<string, string | number>>): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  return appendFile(join(path, "postgresql.conf"), lines.join(""));
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
