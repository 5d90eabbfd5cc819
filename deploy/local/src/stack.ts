import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createCertificateAuthority } from "./certificate-authority.ts";
import { kafkaIsMissing, startKafka, type KafkaServer } from "./kafka-server.ts";
import { startParentWatchdog } from "./parent-watchdog.ts";
import type { StackTls, StartOptions } from "./stack-server.ts";
import { prometheusIsMissing, startPrometheus, type PrometheusServer } from "./prometheus-server.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";
import { redisIsMissing, startRedis, type RedisServer } from "./redis-server.ts";

type Servers = {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly kafka: KafkaServer;
};

export type ServerName = keyof Servers;
export const serverNames: readonly ServerName[] = ["postgres", "redis", "kafka"];

/** The servers, and the one that observes. */
export type Startable = ServerName | "prometheus";
export const startable: readonly Startable[] = [...serverNames, "prometheus"];

export type Ports = { readonly [Name in Startable]?: number };
export type Stack<Name extends ServerName> = Pick<Servers, Name> & {
  /** What the servers' TLS is of, and a certificate for Till's own; where the stack has it. */
  readonly tls: StackTls | undefined;
  /** Where the stack is observed. */
  readonly prometheus: PrometheusServer | undefined;
  /** Stops every server and deletes the data. */
  readonly stop: () => Promise<void>;
};

type StackOptions<Name extends ServerName> = {
  readonly servers: readonly Name[];
  /** Left out: free ports. */
  readonly ports?: Ports;
  /** Whether the servers also take TLS, with certificates of an authority that is made for this stack. */
  readonly tls?: boolean;
  /** Whether a Prometheus scrapes the processes of Till that run on this machine. */
  readonly observe?: boolean;
  readonly log?: (line: string) => void;
};

/**
 * Starts the real servers on 127.0.0.1 with temporary data; resolves when they are ready. If this process is killed, they are
 * stopped and the data is deleted all the same.
 */
export async function startStack<Name extends ServerName>(wanted: StackOptions<Name>): Promise<Stack<Name>> {
  const { servers, ports = {}, tls: isTls = false, observe = false, log = () => {} } = wanted;
  // Not below /tmp: that is memory on many machines, where a durable commit costs nothing and tells nothing.
  const folder = await mkdtemp("/var/tmp/till-stack-");
  await chmod(folder, 0o755); // as root, Postgres's user has to get in
  const watchdog = startParentWatchdog(folder);
  const issued = isTls ? await issueCertificates(join(folder, "tls")) : undefined;
  const options = { folder, tls: issued?.servers, log };
  const starts = servers.map((name) => startServer[name]({ ...options, port: ports[name] }));
  const observing = observe ? startPrometheus({ ...options, port: ports.prometheus }) : undefined;

  let stopped: Promise<void> | undefined;
  async function stopAll(): Promise<void> {
    const all = [...starts, ...(observing ? [observing] : [])];
    const started = (await Promise.allSettled(all)).filter((start) => start.status === "fulfilled");
    await Promise.all(started.map((start) => start.value.discard()));
    await rm(folder, { recursive: true });
    watchdog.release();
  }
  const stop = () => (stopped ??= stopAll());

  try {
    const running = (await Promise.all(starts)).map((server, index) => [servers[index], server] as const);
    const prometheus = await observing;
    return { ...(Object.fromEntries(running) as Pick<Servers, Name>), tls: issued?.till, prometheus, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Certificates for the servers and for Till's own processes. */
async function issueCertificates(folder: string): Promise<Record<"servers" | "till", StackTls>> {
  const authority = await createCertificateAuthority(folder);
  const { ca } = authority;
  return {
    servers: { ca, ...(await authority.issue("servers")) },
    till: { ca, ...(await authority.issue("till")) },
  };
}

const startServer: { readonly [Name in ServerName]: (start: StartOptions) => Promise<Servers[Name]> } = {
  postgres: startPostgres,
  redis: startRedis,
  kafka: startKafka,
};

/** What this machine lacks for a server, in one line; undefined when the server can start. */
export function whatIsMissing(name: Startable, log: (line: string) => void): Promise<string | undefined> {
  switch (name) {
    case "postgres":
      return Promise.resolve(undefined); // npm brings it
    case "redis":
      return redisIsMissing();
    case "kafka":
      return kafkaIsMissing(log);
    case "prometheus":
      return prometheusIsMissing();
  }
}
