import { parseArgs } from "node:util";
import { startFaultSystem } from "./fault-system.ts";
import { hostileGrpcClients } from "./hostile-grpc-clients.ts";
import { hostileHttpClients } from "./hostile-http-clients.ts";
import { overload } from "./overload.ts";

/** `npm run faults`: does harm to a system of its own, and says what came of it. */

const help = `Usage: npm run faults -- [--list] [--seconds <seconds>] [<scenario>...]

Runs the scenarios that are named, or all, one after the other, and fails where one finds something wrong.

  --list     the scenarios
  --seconds  how long overload and chaos last
  --help     this text
`;

const scenarios = [...hostileGrpcClients, overload, ...hostileHttpClients];
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
  else if (values.list) for (const { name, about } of scenarios) console.log(`${name.padEnd(24)} ${about}`);
  else process.exitCode = (await run(positionals, values.seconds)) ? 0 : 1;
} catch (error) {
  console.error("faults:", error);
  process.exit(1); // what else still runs ends with this process
}

async function run(names: readonly string[], given: string | undefined): Promise<boolean> {
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}: see --list`);
  const seconds = given === undefined ? undefined : Number(given);
  if (seconds !== undefined && !(seconds > 0)) throw new Error(`--seconds ${given}: not a number of seconds`);
  await using system = await startFaultSystem({ log, seconds });
  let isGood = true;
  for (const scenario of scenarios) {
    if (names.length > 0 && !names.includes(scenario.name)) continue;
    const { figures, problems } = await scenario.run(system);
    console.log(`${problems.length === 0 ? "held" : "FAILED"}  ${scenario.name}: ${scenario.about}`);
    for (const line of [...figures, ...problems.map((problem) => `WRONG: ${problem}`)])
      console.log(`        ${line}`);
    isGood &&= problems.length === 0;
  }
  return isGood;
}
