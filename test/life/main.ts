import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { documentOf } from "./document.ts";
import { traceLife } from "./trace-life.ts";

/**
 * `npm run life` traces the life of a payment and writes docs/life-of-a-payment.md. With `-- --otlp-url <url>` the spans are sent
 * there, too: to Jaeger, or to any collector that takes OTLP over HTTP.
 */
const { values } = parseArgs({ options: { "otlp-url": { type: "string" } } });
const path = join(import.meta.dirname, "../../docs/life-of-a-payment.md");
const text = documentOf(await traceLife(values["otlp-url"]));
await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
console.log("docs/life-of-a-payment.md is written");
