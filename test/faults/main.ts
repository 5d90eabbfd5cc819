import { parseArgs } from "node:util";
import { chaos } from "./chaos.ts";
import { startFaultSystem, type FaultSystem } from "./fault-system.ts";
import { gatewayOverload } from "./gateway-overload.ts";
import { hostileGrpcClients } from "./hostile-grpc-clients.ts";
import { hostileHttpClients } from "./hostile-http-clients.ts";
import { overload } from "./overload.ts";
import type { Alone, Scenario } from "./scenario.ts";
import { testedScenarios } from "./tested-scenarios.ts";

/** `npm run faults`: does harm to a system of its own, and reports what came of it. */

const help = `Usage: npm run faults -- [--list] [--seconds <seconds>] [<scenario>...]

Runs the scenarios that are named, or all, one after the other, and fails where one finds something wrong.

  --list     the scenarios
  --seconds  how long overload, gateway-overload and chaos last
  --help     this text
`;

/** Those that share a system come first. */
const sharing: readonly Scenario<FaultSystem>[] = [
  ...hostileGrpcClients,
  overload,
  gatewayOverload,
  ...hostileHttpClients,
];
const alone: readonly Scenario<Alone>[] = [...testedScenarios, chaos];
const names = [...sharing, ...alone].map(({ name }) => name);
const log = (line: string) => console.error(`faults: ${line}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: "boolean" },
      seconds: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) console.log(help);
  else if (values.list)
    for (const { name, about } of [...sharing, ...alone]) console.log(`${name.padEnd(28)} ${about}`);
  else process.exitCode = (await run(positionals, secondsFrom(values.seconds))) ? 0 : 1;
} catch (error) {
  console.error("faults:", error);
  process.exit(1); // what else still runs ends with this process
}

function secondsFrom(given: string | undefined): number | undefined {
  const seconds = given === undefined ? undefined : Number(given);
  if (seconds === undefined || seconds > 0) return seconds;
  throw new Error(`--seconds ${given}: not a number of seconds`);
}

async function run(wanted: readonly string[], seconds: number | undefined): Promise<boolean> {
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}: see --list`);
  const isWanted = ({ name }: { readonly name: string }) => wanted.length === 0 || wanted.includes(name);
  const onSystem = await runEach(sharing.filter(isWanted), () => startFaultSystem({ log, seconds }));
  const withoutSystem = await runEach(alone.filter(isWanted), () =>
    Promise.resolve({ log, seconds, [Symbol.asyncDispose]: () => Promise.resolve() }),
  );
  return onSystem && withoutSystem;
}

async function runEach<System>(
  scenarios: readonly Scenario<System>[],
  start: () => Promise<System & AsyncDisposable>,
): Promise<boolean> {
  if (scenarios.length === 0) return true;
  await using system = await start();
  let isGood = true;
  for (const { name, about, run: runScenario } of scenarios) {
    const { figures, problems } = await runScenario(system);
    console.log(`${problems.length === 0 ? "held" : "FAILED"}  ${name}: ${about}`);
    for (const line of [...figures, ...problems.map((problem) => `WRONG: ${problem}`)])
      console.log(`        ${line}`);
    isGood &&= problems.length === 0;
  }
  return isGood;
}
