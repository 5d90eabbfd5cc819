import { Parser } from "@asyncapi/parser";
import { Ajv2019 } from "ajv/dist/2019.js";
import addFormats from "ajv-formats";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parse } from "yaml";

/**
 * `npm run check:contracts` parses the event contracts as AsyncAPI's own parser does, and holds the data contract
 * against the JSON Schema of ODCS 3.1.0. What is wrong is printed, and the exit code is 1.
 */
const root = join(import.meta.dirname, "..", "..");
const service = (path: string) => join(root, "services", path);

const problems = [
  ...(await asyncApiProblems(service("order/contracts/order-events.yaml"))),
  ...(await asyncApiProblems(service("payment/contracts/payment-events.yaml"))),
  ...(await odcsProblems(service("order/contracts/order-contract.yaml"))),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** Every diagnostic of the parser counts, but that there is a newer AsyncAPI than 2.6. */
async function asyncApiProblems(path: string): Promise<string[]> {
  const { document, diagnostics } = await new Parser().parse(await readFile(path, "utf8"), { source: path });
  const found = diagnostics.filter(({ code }) => code !== "asyncapi-latest-version");
  const lines = found.map(
    ({ range, code, message }) => `${at(path)}:${range.start.line + 1} ${code} ${message}`,
  );
  return document || lines.length > 0 ? lines : [`${at(path)} cannot be parsed`];
}

async function odcsProblems(path: string): Promise<string[]> {
  const schema = await readFile(join(root, "third_party/odcs/odcs-3.1.0.schema.json"), "utf8");
  const ajv = new Ajv2019({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(schema) as object);
  const isValid = validate(parse(await readFile(path, "utf8")));
  const errors = isValid ? [] : (validate.errors ?? []);
  return errors.map(({ instancePath, message }) => `${at(path)} ${instancePath} ${message}`);
}

function at(path: string): string {
  return relative(root, path);
}
