import { chmod, mkdtemp, rm } from "node:fs/promises";
import { kafkaIsMissing, startKafka, type KafkaServer } from "./kafka-server.ts";
import { startParentWatchdog } from "./parent-watchdog.ts";
import type { StartOptions } from "./stack-server.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";
import { redisIsMissing, startRedis, type RedisServer } from "./redis-server.ts";

type Servers = {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly kafka: KafkaServer;
};

export type ServerName = keyof Servers;
export const serverNames: readonly ServerName[] = ["postgres", "redis", "kafka"];

export type Ports = { readonly [Name in ServerName]?: number };
export type Stack<Name extends ServerName> = Pick<Servers, Name> & {
  /** Stops every server and deletes the data. */
  readonly stop: () => Promise<void>;
};

type StackOptions<Name extends ServerName> = {
  readonly servers: readonly Name[];
  /** Left out: free ports. */
  readonly ports?: Ports;
  readonly log?: (line: string) => void;
};

/**
 * Starts the real servers on 127.0.0.1 with temporary data; resolves when they are ready. If this process is killed, they are
 * stopped and the data is deleted all the same.
 */
export async function startStack<Name extends ServerName>(wanted: StackOptions<Name>): Promise<Stack<Name>> {
  const { servers, ports = {}, log = () => {} } = wanted;
  // Not below /tmp: that is memory on many machines, where a durable commit costs nothing and tells nothing.
  const folder = await mkdtemp("/var/tmp/till-stack-");
  await chmod(folder, 0o755); // as root, Postgres's user has to get in
  const watchdog = startParentWatchdog(folder);
  const starts = servers.map((name) => startServer[name]({ folder, port: ports[name], log }));

  let stopped: Promise<void> | undefined;
  async function stopAll(): Promise<void> {
    const started = (await Promise.allSettled(starts)).filter((start) => start.status === "fulfilled");
    await Promise.all(started.map((start) => start.value.discard()));
    await rm(folder, { recursive: true });
    watchdog.release();
  }
  const stop = () => (stopped ??= stopAll());

  try {
    const running = (await Promise.all(starts)).map((server, index) => [servers[index], server] as const);
    return { ...(Object.fromEntries(running) as Pick<Servers, Name>), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const startServer: { readonly [Name in ServerName]: (start: StartOptions) => Promise<Servers[Name]> } = {
  postgres: startPostgres,
  redis: startRedis,
  kafka: startKafka,
};

/** What this machine lacks for a server, in one line; undefined when the server can start. */
export function whatIsMissing(name: ServerName, log: (line: string) => void): Promise<string | undefined> {
  switch (name) {
    case "postgres":
      return Promise.resolve(undefined); // npm brings it
    case "redis":
      return redisIsMissing();
    case "kafka":
      return kafkaIsMissing(log);
  }
}
