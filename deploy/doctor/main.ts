import { parseArgs } from "node:util";
import { checkDatabasesDiffer, checkService, services, type Service } from "./check-service.ts";
import type { CheckResult } from "./check-result.ts";
import { redactor } from "./redact.ts";

const usage = `Usage: npm run doctor -- [${services.join("|")}]... [--json]

Tells what is wrong with a configuration before anything is started: looks at everything that the services named need,
in this process's environment as they would read it. Without a name it looks at all of them. Starts and changes nothing,
and prints no secret. One line a check: ok, warn or fail, and what to do.

  --json   the results as JSON

Exit code: 0 nothing fails, 1 something does, 2 the arguments are wrong.`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (!positionals.every(isService)) throw new Error(`which services?\n\n${usage}`);
  const chosen = positionals.length > 0 ? positionals : services;
  const redact = redactor(process.env);
  const results = await Promise.all(
    chosen.map(async (service) => {
      const found = await checkService(service, process.env);
      return found.map((result) => ({ service, ...result }));
    }),
  );
  const shared = checkDatabasesDiffer(chosen, process.env).map((result) => ({ service: "all", ...result }));
  const all = [...results.flat(), ...shared].map(({ found, remedy, ...result }) => ({
    ...result,
    found: redact(found),
    ...(remedy !== undefined && { remedy: redact(remedy) }),
  }));
  if (values.json) console.log(JSON.stringify(all, null, 2));
  else for (const result of all) console.log(lineOf(result));
  return all.some(({ status }) => status === "fail") ? 1 : 0;
}

function lineOf({
  service,
  status,
  check,
  found,
  remedy,
}: CheckResult & { readonly service: string }): string {
  const head = `${status.padEnd(4)}  ${service.padEnd(7)}  ${check}: ${found}`;
  return remedy === undefined ? head : `${head} → ${remedy}`;
}

function isService(name: string): name is Service {
  return services.some((service) => service === name);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`doctor: ${(error as Error).message}`);
  process.exitCode = 2;
}
