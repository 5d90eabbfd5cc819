import type { Span } from "./collect-spans.ts";

/** One message, statement or piece of work of a life. */
export type Step = {
  /** Milliseconds since the life began. */
  readonly at: number;
  readonly tookMs: number;
  /** The process that sends, or works. */
  readonly from: Party;
  /** Whom it is sent to; undefined for work within the process. */
  readonly to: Party | undefined;
  readonly name: string;
  readonly kind: "call" | "statement" | "write" | "cache" | "publish" | "consume" | "work";
  /** Since its cause had ended, of what waits for its turn: a publish and a consumer. */
  readonly waitedMs: number | undefined;
  /** How deep it lies within other steps. */
  readonly depth: number;
};

/** Services by their names; the others as diagrams call them. */
type Party = string;

/** A life's spans as steps, in the order in which they began. */
export function stepsOf(spans: readonly Span[]): Step[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const parentOf = ({ parentSpanId }: Span) =>
    parentSpanId === undefined ? undefined : byId.get(parentSpanId);
  const drawn = spans.filter((span) => !isServedCall(span, spans));
  const depthOf = (span: Span): number => {
    const parent = parentOf(span);
    return parent ? depthOf(parent) + (drawn.includes(parent) ? 1 : 0) : 0;
  };
  const began = Math.min(...spans.map(({ startedAt }) => startedAt));
  // Beginnings are whole milliseconds: of what began together the cause is first, then what took longer.
  const inOrder = drawn.sort(
    (one, other) =>
      one.startedAt - other.startedAt || depthOf(one) - depthOf(other) || other.endedAt - one.endedAt,
  );
  return inOrder.map((span) => stepOf(span));

  function stepOf(span: Span): Step {
    const parent = parentOf(span);
    return {
      ...partiesOf(span, parent),
      at: span.startedAt - began,
      tookMs: span.endedAt - span.startedAt,
      name: nameOf(span),
      waitedMs: waitOf(span, parent, spans),
      depth: depthOf(span),
    };
  }
}

/** A call is drawn once: as its server's span, where the server is one of Till's. */
function isServedCall({ spanId, kind }: Span, spans: readonly Span[]): boolean {
  return kind === "client" && spans.some((span) => span.parentSpanId === spanId && span.kind === "server");
}

function partiesOf(span: Span, parent: Span | undefined): Pick<Step, "from" | "to" | "kind"> {
  const { process, kind, name, statement } = span;
  if (kind === "server") {
    const caller = parent?.process ?? (name.startsWith("POST /webhooks/") ? "provider" : "client");
    return { from: caller, to: process, kind: "call" };
  }
  if (kind === "producer") return { from: process, to: "Kafka", kind: "publish" };
  if (kind === "consumer" && name.startsWith("process "))
    return { from: "Kafka", to: process, kind: "consume" };
  if (kind === "internal" || kind === "consumer") return { from: process, to: undefined, kind: "work" };
  if (statement !== undefined) {
    const isWrite = /\b(INSERT|UPDATE|DELETE|COMMIT)\b/.test(statement);
    return { from: process, to: "Postgres", kind: isWrite ? "write" : "statement" };
  }
  if (/ cached /.test(name)) return { from: process, to: "Redis", kind: "cache" };
  return { from: process, to: name.startsWith("till.") ? "upstreams" : "provider", kind: "call" };
}

/** An RPC by its method. */
function nameOf({ name }: Span): string {
  return name.replace(/till\.[\w.]+\//, "");
}

/** A publish waits since its event's commit, a consumer since its event's publish. */
function waitOf(span: Span, parent: Span | undefined, spans: readonly Span[]): number | undefined {
  if (parent === undefined) return undefined;
  if (span.kind === "consumer") return Math.max(span.startedAt - parent.endedAt, 0);
  if (span.kind !== "producer") return undefined;
  const commits = spans.filter(
    ({ parentSpanId, statement, endedAt }) =>
      parentSpanId === parent.spanId && statement !== undefined && endedAt <= span.startedAt + 1,
  );
  const committedAt = Math.max(...commits.map(({ endedAt }) => endedAt));
  return Number.isFinite(committedAt) ? Math.max(span.startedAt - committedAt, 0) : undefined;
}

/** What is done by whom, once each: the same in every life, while times and order differ. */
export function kindsOf(steps: readonly Pick<Step, "from" | "to" | "name">[]): string[] {
  return [...new Set(steps.map(({ from, to, name }) => `${from} | ${to ?? ""} | ${name}`))].sort();
}
