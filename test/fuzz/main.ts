import { fuzz } from "./fuzz.ts";
import { help, readOptions } from "./options.ts";

/** `npm run fuzz`: calls the services with anything, and fails where it finds something. */
const log = (line: string) => console.log(`fuzz: ${line}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  const options = readOptions(process.argv.slice(2));
  if (options) {
    const { findings, lines } = await fuzz(options, log);
    for (const line of lines) log(line);
    log(findings === 0 ? `seed ${options.seed}: no finding` : `seed ${options.seed}: ${findings} findings`);
    process.exit(findings === 0 ? 0 : 1);
  } else console.log(help);
} catch (error) {
  console.error("fuzz:", error);
  process.exit(1); // what else still runs ends with this process
}
