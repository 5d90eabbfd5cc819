import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { stringify } from "yaml";
import { dashboardJson } from "../deploy/grafana/dashboard.ts";
import { orderEventsContract, paymentEventsContract } from "./contracts/asyncapi-contracts.ts";
import { orderApi, paymentApi } from "./contracts/openapi-contracts.ts";
import { orderContract } from "./contracts/order-contract.ts";
import { events } from "./events.ts";
import { history } from "./history.ts";
import { orderStates } from "./order-states.ts";
import { paymentTokens } from "./payment-tokens.ts";
import { performance } from "./performance.ts";

/** `npm run docs` writes the documents that are made from code; with --check it fails where one is not in step. */
const documents: Readonly<Record<string, () => string>> = {
  "docs/order-states.md": orderStates,
  "docs/events.md": events,
  "docs/history.md": history,
  "docs/payment-tokens.md": paymentTokens,
  "docs/performance.md": performance,
  "deploy/grafana/till.json": dashboardJson,
  "services/order/contracts/order-api.yaml": () => yaml(orderApi()),
  "services/order/contracts/order-events.yaml": () => yaml(orderEventsContract()),
  "services/order/contracts/order-contract.yaml": () => yaml(orderContract()),
  "services/payment/contracts/payment-api.yaml": () => yaml(paymentApi()),
  "services/payment/contracts/payment-events.yaml": () => yaml(paymentEventsContract()),
};

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
for (const [name, render] of Object.entries(documents)) {
  const path = join(import.meta.dirname, "..", name);
  const text = await format(render(), { ...(await resolveConfig(path)), filepath: path });
  if (!values.check) {
    await writeFile(path, text);
    console.log(`${name} is written`);
    continue;
  }
  const found = await readFile(path, "utf8").catch(() => "");
  if (found === text) continue;
  console.error(`${name} is not in step with the code: run npm run docs`);
  process.exitCode = 1;
}

function yaml(contract: object): string {
  const text = stringify(contract, { aliasDuplicateObjects: false, blockQuote: "literal", lineWidth: 100 });
  return `# Made by npm run docs from the code that it describes.\n${text}`;
}
