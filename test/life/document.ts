import { sumOf } from "../bench/counters.ts";
import { stepsOf, type Step } from "./steps.ts";
import type { TracedLife } from "./trace-life.ts";

/** docs/life-of-a-payment.md of a traced life. */
export function documentOf({ spans, sent }: TracedLife): string {
  const steps = stepsOf(spans);
  const end = Math.max(...steps.map(({ at, tookMs }) => at + tookMs));
  return `# Life of a payment

Made by \`npm run life\` from the spans of one life: an order is created and paid through the gateway, the provider's
webhook comes, and the webhook service consumes \`order.confirmed\`. Each service is a process of its own, on real
Postgres, Redis and Kafka, and does nothing else; one life has gone before, so that connections are open and code is
compiled, and the traced one is of another user and course, whom no cache knows. The sandbox stands for the provider
and the upstreams. This life took ${ms(end)} ms, with the spans, which cost time themselves: its steps and their shares
are what matters. [performance.md](performance.md) has the times, and the CPU of a life by process, which cannot be divided
among steps, since those of one process overlap. \`test/one-trace.test.ts\` compares the steps of a new life with these.

## Drawn

\`\`\`mermaid
sequenceDiagram
${participantsOf(steps)
  .map((name) => `  participant ${name}`)
  .join("\n")}
${steps.map(arrowOf).join("\n")}
\`\`\`

## Step by step

In order of their beginnings, in milliseconds since the client's first call. A step that is indented happens within the
one above it with less indentation, or is caused by it. Statements in bold write. *Waited* is the time since the commit of an event that is
published, and since the publish of an event that is consumed. A statement that writes outside of BEGIN and COMMIT is
a commit of its own.

${table(
  ["at", "took", "waited", "from", "to", "step"],
  steps.map(({ at, tookMs, waitedMs, from, to, name, kind, depth }) => [
    ms(at),
    ms(tookMs),
    waitedMs === undefined ? "" : ms(waitedMs),
    from,
    to ?? "",
    `${"· ".repeat(depth)}${kind === "write" ? `**${name}**` : name}`,
  ]),
)}

## Counted

What each service sent from the client's first call until its last span was exported, some seconds later, so polls,
leases and heartbeats are in it.

${Object.entries(sent)
  .map(
    ([name, { statements, kafkaRequests, eventsPublished }]) => `### ${name}

${sumOf(statements)} statements, ${traced(spans, name)} of them within the trace; ${sumOf(kafkaRequests)} requests to
Kafka (${listOf(kafkaRequests)}); ${eventsPublished} events published.

${listOf(statements)}
`,
  )
  .join("\n")}`;
}

function participantsOf(steps: readonly Step[]): string[] {
  const order = [
    ...["client", "gateway", "order", "payment", "webhook"],
    ...["Postgres", "Redis", "Kafka", "upstreams", "provider"],
  ];
  const present = new Set(steps.flatMap(({ from, to }) => [from, to]));
  return order.filter((name) => present.has(name));
}

function arrowOf({ from, to, name, kind }: Step): string {
  if (to === undefined) return `  Note over ${from}: ${name}`;
  const isAsynchronous = kind === "publish" || kind === "consume";
  return `  ${from}${isAsynchronous ? "-)" : "->>"}${to}: ${name}`;
}

function traced(spans: TracedLife["spans"], service: string): number {
  return spans.filter(({ process, statement }) => process === service && statement !== undefined).length;
}

function listOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `\`${name}\` ${count}`)
    .join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const ms = (value: number) => value.toFixed(1);

/** The steps that the document lists, as its table has them. */
export function stepsIn(document: string): Pick<Step, "from" | "to" | "name">[] {
  const [, section = ""] = document.split("## Step by step");
  const rows = [...section.split("## Counted")[0]!.matchAll(/^\|(.+)\|$/gm)].map(([, row]) =>
    row!.split("|").map((cell) => cell.trim()),
  );
  return rows.slice(2).map(([, , , from, to, step]) => {
    return { from: from!, to: to || undefined, name: step!.replace(/^(?:·\s*)+/, "").replaceAll("**", "") };
  });
}
