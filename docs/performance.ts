import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordedReport } from "../test/bench/record.ts";
import { lives, parts, profiles, targets } from "./performance-tables.ts";

/** docs/performance.md: how fast Till is, from the figures that `npm run bench -- --record` has kept in docs/bench.json. */
export function performance(): string {
  const text = readFileSync(join(import.meta.dirname, "bench.json"), "utf8");
  const report = JSON.parse(text) as RecordedReport;
  return `# Performance

Made by \`npm run docs\` from \`docs/bench.json\`. To measure anew, on a machine that does nothing else:

\`\`\`sh
npm run bench -- --record
npm run bench -- --only create --only events --only life --only pay --only gateway --profile /tmp/till-profiles --record
npm run bench -- --only memory --record
npm run life
npm run docs
\`\`\`

The first command measures (some twenty minutes), the second writes CPU profiles, which slow everything down and so give
no figures of their own, the third watches memory for ten minutes, the fourth draws
[the life of a payment](life-of-a-payment.md). \`--only <part>\` measures and records a part by itself.

## Method

Everything is on: validation, tokens, outbox and relay, metrics, durable commits (\`fsync\` and \`synchronous_commit\`).
Services, load, Postgres, Kafka and the sandbox, which stands for the upstreams and the provider, are processes on one
machine and share its cores. Each load runs until its rate is steady (three windows in a row within 5 per cent, or within
what chance makes of few calls), at most ten times as long as its least warm-up of 4 s, and is then measured for 10 s.
Absolute figures are the machine's; compare the ratios, which are of one run: pgbench's plain transaction writes the same
order without a service, with the settings in \`test/bench/pgbench.ts\`, and TypeORM's \`save()\` is a service that is the same but
for its store. CPU is what the kernel counts for each process in the measured time. Statements and Kafka requests are the
differences of the services' own counters (\`postgres_statements_total\`, \`kafka_requests_total\`), polls included.

What a service does seldom costs it several times what it costs in a row, since caches and branch predictors have
forgotten the code meanwhile: the rows of \`--only floor\` have a call of \`node:http2\` and a statement of \`pg\` alone, 64
at once, one after the other, and one each 20 ms. A life alone is made of the third kind, one among 256 of the first; and
ProcessPayment, whose calls and statements follow each other, takes their times in a row.

${machineOf(report)}

## Against the targets

${targets(report)}

## Whole lives

A life is CreateOrder, ProcessPayment, and the commit of \`order.confirmed\` by a consumer of its own, over Kafka.

${lives(report)}

## All parts

Times in milliseconds. CPU is in microseconds for one operation, by process, and \`all\` of them together.

${parts(report)}

## The tallest bars

Where each process's busy time went, by self time in its CPU profile, from its start to its end. \`(program)\` is native code
that V8 cannot name, system calls among it.

${profiles(report)}
`;
}

function machineOf({ machine, disturbedParts = [], unsteady, measuredAt = {} }: RecordedReport): string {
  if (machine === undefined) return "Nothing is recorded yet.";
  const { cores, processor, memoryGb, node, postgres } = machine;
  const dates = Map.groupBy(Object.entries(measuredAt), ([, at]) => at.slice(0, 10));
  const when = [...dates].map(([date, named]) => `${named.map(([part]) => part).join(", ")} on ${date}`);
  const notes = [
    ...(disturbedParts.length > 0
      ? [`Something else was busy beside ${disturbedParts.join(", ")}: their figures are too low.`]
      : []),
    ...(unsteady ? [`${unsteady} loads were not steady yet when they were measured.`] : []),
  ];
  return `Measured on ${cores} cores (${processor}), ${memoryGb} GB, Node ${node}, Postgres ${postgres}: ${when.join("; ")}.
${notes.join(" ")}`;
}
