import { join } from "node:path";
import { findAccount } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import { createCluster, readPassword, startCluster, stopCluster, superuser } from "./cluster.ts";
import { createDatabases } from "./databases.ts";
import { findFolder } from "./folder.ts";
import { takeFolder } from "./owner.ts";

type Wanted = {
  readonly dataDir: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly databases: readonly string[];
  readonly log?: (line: string) => void;
};

export type Embedded = {
  readonly port: number;
  /** Where the data really is: not always where it was wanted, see findFolder. */
  readonly dataDir: string;
  readonly url: (database: string) => string;
  readonly stop: () => Promise<void>;
};

/**
 * Starts the real Postgres server that npm brings, on 127.0.0.1, with its data kept in a folder.
 * It outlives Ctrl-C and a killed parent; the next start on the same folder takes over from there.
 */
export async function startEmbedded({ dataDir, port, databases, log = () => {} }: Wanted): Promise<Embedded> {
  const account = await findAccount(log);
  const binaries = await findBinaries(account, log);
  const folder = await findFolder({ wanted: dataDir, account, log });
  const release = await takeFolder(folder);
  const cluster = { folder, path: join(folder, "cluster"), account, binaries, log };
  try {
    await stopCluster(cluster); // a predecessor killed with -9 leaves its server running
    await createCluster(cluster);
    const password = await readPassword(cluster);
    const taken = await startCluster(cluster, port);
    const url = (database: string) =>
      `postgresql://${superuser}:${password}@127.0.0.1:${taken}/${encodeURIComponent(database)}`;
    await createDatabases(url("postgres"), databases);
    let stopped: Promise<void> | undefined; // once: a later server on this folder is not ours to stop
    const stop = () => (stopped ??= stopCluster(cluster).then(release));
    return { port: taken, dataDir: folder, url, stop };
  } catch (error) {
    await stopCluster(cluster);
    await release();
    throw error;
  }
}
