import { parseArgs } from "node:util";
import {
  serverNames,
  startable,
  startStack,
  whatIsMissing,
  type Ports,
  type ServerName,
  type Startable,
} from "./stack.ts";
import { exportLines, newSecrets } from "./export-lines.ts";

const help = `Usage: npm run stack -- [postgres] [redis] [kafka] [options]

Starts the real Postgres, Redis and Apache Kafka (all three unless some are named) on 127.0.0.1 with throw-away
data, prints their addresses as lines for a shell, and runs until Ctrl-C.

  --require <server>      fail when this server cannot start; can be repeated
  --postgres-port <port>  a fixed port instead of a free one; or TILL_STACK_POSTGRES_PORT
  --redis-port <port>     likewise, TILL_STACK_REDIS_PORT
  --kafka-port <port>     likewise, TILL_STACK_KAFKA_PORT
  --tls                   the servers also take TLS and SASL, and the lines use them: for Till's gRPC, too
  --observe               a Prometheus beside them, with the rules of deploy/prometheus, which scrapes Till's processes
                          on this machine; where it is not installed, the rest starts without it
  --prometheus-port <port>  a fixed port instead of a free one; or TILL_STACK_PROMETHEUS_PORT
  --help                  this text
`;

try {
  await main();
} catch (error) {
  console.error(`stack: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const wanted = readArguments(process.argv.slice(2));
  if (wanted === "help") return void console.log(help);
  const log = (line: string) => console.error(`stack: ${line}`);

  const canStart = (name: Startable) => isInstalled(name, wanted.require.includes(name), log);
  const servers: ServerName[] = [];
  for (const name of wanted.servers) if (await canStart(name)) servers.push(name);
  const observe = wanted.observe && (await canStart("prometheus"));
  const stack = await startStack({ ...wanted, servers, observe, log });
  const stopped = untilStopped(); // before the lines are printed: a reader may send the signal at once
  console.log(exportLines(stack, newSecrets()));
  await stopped;
  log("stopping");
  await stack.stop();
}

/** Whether a server can be started; where not, says why. Throws where it is required. */
async function isInstalled(
  name: Startable,
  isRequired: boolean,
  log: (line: string) => void,
): Promise<boolean> {
  const missing = await whatIsMissing(name, log);
  if (missing !== undefined && isRequired) throw new Error(`cannot start ${name}: ${missing}`);
  if (missing !== undefined) log(`continues without ${name}: ${missing}`);
  return missing === undefined;
}

type Wanted = {
  readonly servers: readonly ServerName[];
  readonly require: readonly Startable[];
  readonly ports: Ports;
  readonly tls: boolean;
  readonly observe: boolean;
};

function readArguments(args: readonly string[]): "help" | Wanted {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      tls: { type: "boolean", default: false },
      observe: { type: "boolean", default: false },
      require: { type: "string", multiple: true, default: [] },
      ...Object.fromEntries(startable.map((name) => [`${name}-port`, { type: "string" as const }])),
    },
  });
  if (values.help) return "help";
  const require = values.require.map((text) => named(startable, text));
  const chosen = positionals.map((text) => named(serverNames, text));
  const servers = serverNames.filter(
    (name) => chosen.length === 0 || chosen.includes(name) || require.includes(name),
  );
  const flags = values as Readonly<Record<string, unknown>>;
  const ports = startable.flatMap((name) => {
    const port = flags[`${name}-port`] ?? process.env[`TILL_STACK_${name.toUpperCase()}_PORT`];
    return port === undefined ? [] : [[name, portNumber(name, port)]];
  });
  const { tls } = values;
  const observe = values.observe || require.includes("prometheus");
  return { servers, require, ports: Object.fromEntries(ports) as Ports, tls, observe };
}

function named<Name extends Startable>(names: readonly Name[], text: string): Name {
  const name = names.find((known) => known === text);
  if (name === undefined) throw new Error(`there is no server ${text}: choose from ${names.join(", ")}`);
  return name;
}

function portNumber(name: Startable, text: unknown): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`the port of ${name} is ${String(text)}, not a number from 1 to 65535`);
  return port;
}

/** Ctrl-C, a polite kill, or a closed terminal. A second Ctrl-C ends this process at once, and the watchdog stops the servers. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}
