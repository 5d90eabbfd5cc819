import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes `<dataDir>/env`, to be sourced by a shell that runs `npm run reconcile`, `npm run rotate-keys` or
 * `npm run rotate-webhook-keys` beside this system. Owner-readable only.
 */
export async function writeEnvironment(
  dataDir: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`);
  await writeFile(join(dataDir, "env"), lines.join(""), { mode: 0o600 });
}
