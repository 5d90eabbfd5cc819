import { defaultPorts } from "@till/config";
import { parseArgs } from "node:util";
import { startCatalogue } from "./start-catalogue.ts";

/** `npm run catalogue [-- --port 8070]` serves every contract as one page on this machine. */
const { values } = parseArgs({
  options: { port: { type: "string", default: String(defaultPorts().catalogue) } },
});
const { url } = await startCatalogue({ port: Number(values.port) });
console.log(`the contracts are at ${url}`);
