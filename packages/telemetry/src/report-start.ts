import type { Log } from "./log.ts";

/** Names of other systems or of servers, each with its address. */
type Addresses = Readonly<Record<string, string>>;

type Start = {
  readonly service: string;
  readonly log: Log;
  /** The systems that the process connects to. */
  readonly uses: Addresses;
};

/**
 * Reports that a process starts, and by `ready` where it serves and how long its start took: in words on a terminal,
 * as lines of the log anywhere else.
 */
export function reportStart({ service, log, uses }: Start): { ready(serves: Addresses): void } {
  const isTerminal = process.stderr.isTTY && log.isLevelEnabled("info");
  const print = (line: string) => process.stderr.write(`${service}: ${line}\n`);
  if (isTerminal) print(`starting with ${listed(uses)}`);
  else log.info({ uses }, "starting");
  return {
    ready(serves) {
      const readyMs = Math.round(performance.now());
      if (isTerminal) print(`ready after ${(readyMs / 1000).toFixed(1)} s: ${listed(serves)}`);
      else log.info({ serves, readyMs }, "ready");
    },
  };
}

function listed(addresses: Addresses): string {
  return Object.entries(addresses)
    .map(([name, address]) => `${name} ${address}`)
    .join(", ");
}

/** Host and path of a URL, which may have a password: what of it a log may show. */
export function addressOf(url: string): string {
  if (!URL.canParse(url)) return "as configured";
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
