import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** `npm run schemathesis`: holds every REST route of a running system against /openapi.json. */

const help = `Usage: npm run schemathesis -- [--url <gateway>] [--examples <n>] [--seed <n>]

Lets schemathesis (PyPI; \`st\` on the PATH) call every REST route of a system that \`npm start\` runs, as an admin, a user
and a service, with requests made from /openapi.json: valid, invalid, and one after another. Fails on a 5xx, on a status or
a media type that the route does not document, on a response that is not what its schema says, and on an invalid request
that is accepted.

  --url <gateway>   http://127.0.0.1:8080
  --examples <n>    requests of each route and kind (50)
  --seed <n>        repeats a run (1)
`;

/** Valid by the schema and yet rejected is what prices, stock and states of orders are for; links are not followed. */
const left = ["positive_data_acceptance"];

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8080" },
    examples: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", short: "h", default: false },
  },
});
try {
  if (values.help) console.log(help);
  else process.exitCode = (await holdRoutes(values)) ? 0 : 1;
} catch (error) {
  console.error("schemathesis:", error);
  process.exitCode = 1;
}

type Run = { readonly url: string; readonly examples: string; readonly seed: string };

async function holdRoutes({ url, examples, seed }: Run): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "till-schemathesis-"));
  try {
    const description = join(folder, "openapi.json");
    await writeFile(description, JSON.stringify(await strictDescription(url)));
    let isGood = true;
    for (const [role, user] of [
      ["admin", "ops"],
      ["user", "018f0000-0000-7000-8000-0000000000a1"],
      ["service", "shop"],
    ] as const) {
      console.log(`\nas ${role} ${user}:`);
      const token = await tokenOf(url, user, role);
      const child = spawn(
        "st",
        [
          ...["run", description, "--url", url, "-H", `Authorization: Bearer ${token}`],
          ...["--checks", "all", "--exclude-checks", left.join(","), "--seed", seed, "-n", examples],
          ...["--rate-limit", "auto", "--continue-on-failure", "--no-color"],
        ],
        { stdio: "inherit", cwd: folder },
      );
      const [code] = (await once(child, "exit")) as [number | null];
      isGood &&= code === 0;
    }
    return isGood;
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Description = {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>;
};

/** The description without what it says of any other status: each status must be documented by itself. */
async function strictDescription(url: string): Promise<Description> {
  const description = (await (await fetch(`${url}/openapi.json`)).json()) as Description;
  for (const methods of Object.values(description.paths))
    for (const { responses } of Object.values(methods)) delete responses["default"];
  return description;
}

/** A token of the sandbox behind the gateway. */
async function tokenOf(url: string, user: string, role: string): Promise<string> {
  const query = `user=${encodeURIComponent(user)}&role=${role}`;
  const response = await fetch(`${url}/console/sandbox-token?${query}`, { method: "POST" });
  if (!response.ok) throw new Error(`${url} has no tokens of a sandbox: ${await response.text()}`);
  return response.text();
}
