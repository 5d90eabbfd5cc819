import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const pom = join(import.meta.dirname, "..", "pom.xml");

/** The folder with the broker's jars. Maven resolves them once for each content of pom.xml, into the user's cache. */
export async function kafkaJars(log: (line: string) => void): Promise<string> {
  const text = await readFile(pom, "utf8");
  const version = /<version>(.+?)<\/version>/.exec(text)?.[1];
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const jars = join(cache, "till", `kafka-${version}-${hash}`);
  if (await exists(jars)) return jars;

  log(`fetching Apache Kafka ${version} into ${jars}, once`);
  const fresh = `${jars}.${process.pid}`;
  await mkdir(dirname(fresh), { recursive: true });
  await resolveJars(fresh);
  await rename(fresh, jars).catch(async (error: NodeJS.ErrnoException) => {
    await rm(fresh, { recursive: true });
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error; // another start was first
  });
  return jars;
}

async function resolveJars(folder: string): Promise<void> {
  const args = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
  try {
    await promisify(execFile)("mvn", args);
  } catch (cause) {
    const { code, stdout } = cause as { code: unknown; stdout?: string };
    if (code === "ENOENT")
      throw new Error("mvn, which fetches Kafka's jars, is not on the PATH (Debian: apt-get install maven)", {
        cause,
      });
    const reason = /\[ERROR\] .+/.exec(stdout ?? "")?.[0] ?? (cause as Error).message;
    throw new Error(`Maven could not fetch Kafka's jars: ${reason}`, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
