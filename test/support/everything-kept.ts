import { Redis } from "ioredis";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "./cluster.ts";
import { getText } from "./get-text.ts";

/** Something that is written somewhere: where, and what. */
export type Kept = { readonly place: string; readonly text: string };

const databases = ["till_order", "till_payment"] as const;

/** Every row of every table of both databases, as text. */
export async function* rowsKept(cluster: Cluster): AsyncGenerator<Kept> {
  for (const database of databases) {
    const tables = await cluster.rows(
      database,
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const rows = await cluster.rows(database, `SELECT t::text AS text FROM ${String(name)} AS t`);
      for (const { text } of rows) yield { place: `${database} ${String(name)}`, text: String(text) };
    }
  }
}

/** Every key and value in Redis. */
export async function* cacheKept(cluster: Cluster): AsyncGenerator<Kept> {
  const redis = new Redis(cluster.stack.redis.url);
  try {
    for (const key of await redis.keys("*")) {
      const type = await redis.type(key);
      if (type === "none") continue; // its time was over meanwhile
      if (type !== "string") throw new Error(`${key} is a ${type}, which is not searched`);
      yield { place: "redis", text: `${key} = ${(await redis.getBuffer(key))?.toString("latin1")}` };
    }
  } finally {
    redis.disconnect();
  }
}

/** The names of all topics, but for Kafka's own. */
export async function topicsKept(cluster: Cluster): Promise<string[]> {
  const entries = await readdir(join(await folderOf(cluster), "kafka"));
  const topics = entries.flatMap((name) => /^(\w.*)-\d+$/.exec(name)?.[1] ?? []);
  return [...new Set(topics)].filter((topic) => !topic.startsWith("__"));
}

/** Every line that every process has logged. */
export function* linesKept({ orders, payments, sandbox }: Cluster): Generator<Kept> {
  for (const [name, processes] of Object.entries({ order: orders, payment: payments, sandbox: [sandbox] }))
    for (const { logged } of processes) for (const text of logged) yield { place: `log of ${name}`, text };
}

/** What every process tells Prometheus. */
export async function* metricsKept({ metricsUrls }: Cluster): AsyncGenerator<Kept> {
  for (const url of metricsUrls) yield { place: url, text: await getText(url) };
}

/** The servers' own files in which a pattern is found, as it may be in logs of theirs and in what was deleted. */
export async function filesWith(cluster: Cluster, pattern: RegExp): Promise<string[]> {
  for (const database of databases) await cluster.rows(database, "CHECKPOINT");
  const folder = await folderOf(cluster);
  return new Promise((resolve, reject) => {
    execFile("grep", ["-rlaP", pattern.source, folder], { encoding: "utf8" }, (error, found) => {
      // 1: found nothing. Servers at work delete files under its nose, so what it cannot open is no failure.
      if (error && typeof error.code !== "number") reject(new Error("grep did not run", { cause: error }));
      else resolve(found.split("\n").filter((line) => line !== ""));
    });
  });
}

async function folderOf(cluster: Cluster): Promise<string> {
  const [row] = await cluster.rows("till_order", "SHOW data_directory");
  const path = String(row?.data_directory);
  return path.slice(0, path.indexOf("/", path.indexOf("till-stack-")));
}
