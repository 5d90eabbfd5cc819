import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";

/** Part of `npm run check:imports`: how many files a reader of a hot path may have to open, a package counted as one. */
const limits = {
  "services/order/src/checkout/create-order.ts": 25,
  "services/payment/src/charge/process-payment.ts": 30,
};

const { output } = await cruise(
  ["packages", "services"],
  await extractDepcruiseOptions("./.dependency-cruiser.js"),
);
const importsOf = new Map(
  (output as ICruiseResult).modules.map(({ source, dependencies }) => [
    source,
    dependencies.map(({ resolved }) => resolved).filter((file) => /^(packages|services)\//.test(file)),
  ]),
);

for (const [file, limit] of Object.entries(limits)) {
  const reached = reach(file);
  console.log(`${file} reaches ${reached.size} files (at most ${limit})`);
  if (reached.size <= limit && importsOf.has(file)) continue;
  console.error([...reached].sort().join("\n"));
  process.exitCode = 1;
}

/** The files that a file imports, directly or through others; a package stands for all of its files. */
function reach(start: string): Set<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const imported of importsOf.get(file) ?? []) {
      const [name] = /^packages\/[^/]+/.exec(imported) ?? [imported];
      if (reached.has(name) || name === start) continue;
      reached.add(name);
      if (name === imported && importsOf.has(imported)) open.push(imported);
    }
  }
  return reached;
}
