import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { documentOf } from "./document.ts";
import { traceLife } from "./trace-life.ts";

/** `npm run life` traces the life of a payment and writes docs/life-of-a-payment.md. */
const path = join(import.meta.dirname, "../../docs/life-of-a-payment.md");
const text = documentOf(await traceLife());
await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
console.log("docs/life-of-a-payment.md is written");
