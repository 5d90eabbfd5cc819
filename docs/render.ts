import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { events } from "./events.ts";
import { history } from "./history.ts";
import { orderStates } from "./order-states.ts";
import { paymentTokens } from "./payment-tokens.ts";

/** `npm run docs` writes the documents that are made from code; with --check it fails where one is not in step. */
const documents = {
  "order-states.md": orderStates,
  "events.md": events,
  "history.md": history,
  "payment-tokens.md": paymentTokens,
};

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
for (const [name, render] of Object.entries(documents)) {
  const path = join(import.meta.dirname, name);
  const text = await format(render(), { ...(await resolveConfig(path)), parser: "markdown" });
  if (!values.check) {
    await writeFile(path, text);
    console.log(`docs/${name} is written`);
    continue;
  }
  const found = await readFile(path, "utf8").catch(() => "");
  if (found === text) continue;
  console.error(`docs/${name} is not in step with the code: run npm run docs`);
  process.exitCode = 1;
}
