import { chmod, mkdtemp, rm } from "node:fs/promises";
import { kafkaIsMissing, startKafka, type KafkaPart } from "./kafka-part.ts";
import { startLeash } from "./leash.ts";
import type { Start } from "./part.ts";
import { startPostgres, type PostgresPart } from "./postgres-part.ts";
import { redisIsMissing, startRedis, type RedisPart } from "./redis-part.ts";

type Parts = { readonly postgres: PostgresPart; readonly redis: RedisPart; readonly kafka: KafkaPart };

export type PartName = keyof Parts;
export const partNames: readonly PartName[] = ["postgres", "redis", "kafka"];

export type Ports = { readonly [Name in PartName]?: number };
export type Stack<Name extends PartName> = Pick<Parts, Name> & {
  /** Stops every part and deletes the data. */
  readonly stop: () => Promise<void>;
};

type Wanted<Name extends PartName> = {
  readonly parts: readonly Name[];
  /** Free ones are picked for the others. */
  readonly ports?: Ports;
  readonly log?: (line: string) => void;
};

/**
 * Starts the real servers on 127.0.0.1 with data that lasts as long as they do; ready when it resolves. Should
 * this process be killed, they are stopped and the data is deleted all the same.
 */
export async function startStack<Name extends PartName>(wanted: Wanted<Name>): Promise<Stack<Name>> {
  const { parts, ports = {}, log = () => {} } = wanted;
  // Not below /tmp: that is memory on many machines, where a durable commit costs nothing and tells nothing.
  const folder = await mkdtemp("/var/tmp/till-stack-");
  await chmod(folder, 0o755); // as root, Postgres's user has to get in
  const leash = startLeash(folder);
  const starts = parts.map((name) => startPart[name]({ folder, port: ports[name], log }));

  let stopped: Promise<void> | undefined;
  async function stopAll(): Promise<void> {
    const started = (await Promise.allSettled(starts)).filter((start) => start.status === "fulfilled");
    await Promise.all(started.map((start) => start.value.discard()));
    await rm(folder, { recursive: true });
    leash.release();
  }
  const stop = () => (stopped ??= stopAll());

  try {
    const running = (await Promise.all(starts)).map((part, index) => [parts[index], part] as const);
    return { ...(Object.fromEntries(running) as Pick<Parts, Name>), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const startPart: { readonly [Name in PartName]: (start: Start) => Promise<Parts[Name]> } = {
  postgres: startPostgres,
  redis: startRedis,
  kafka: startKafka,
};

/** What this machine lacks for a part, in one line; undefined when the part can start. */
export function whatIsMissing(name: PartName, log: (line: string) => void): Promise<string | undefined> {
  switch (name) {
    case "postgres":
      return Promise.resolve(undefined); // npm brings it
    case "redis":
      return redisIsMissing();
    case "kafka":
      return kafkaIsMissing(log);
  }
}
