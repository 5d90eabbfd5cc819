import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A span as a process has exported it; times in milliseconds since 1970. */
export type Span = {
  readonly process: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer";
  readonly startedAt: number;
  readonly endedAt: number;
  /** The SQL of a statement. */
  readonly statement: string | undefined;
};

type Attributes = readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
type ExportedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Attributes;
};
type Export = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
};

/** Takes spans by OTLP over HTTP, and sends them on where there is another collector. */
export async function collectSpans(alsoTo?: string) {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      for (const { resource, scopeSpans } of (body as Export).resourceSpans) {
        const process = textOf(resource.attributes, "service.name") ?? "unknown";
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => spanFrom(process, span))));
      }
      if (alsoTo !== undefined) void sendOn(alsoTo, body as Export);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function sendOn(url: string, body: Export): Promise<void> {
  const headers = { "content-type": "application/json" };
  const { ok, status } = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!ok) throw new Error(`${url} does not take spans: HTTP ${status}`);
}

/** OTLP's numbers of span kinds, from 1 on. */
const kinds = ["internal", "server", "client", "producer", "consumer"] as const;

function spanFrom(process: string, span: ExportedSpan): Span {
  return {
    process,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || undefined,
    name: span.name,
    kind: kinds[span.kind - 1] ?? "internal",
    startedAt: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
    endedAt: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
    statement: textOf(span.attributes, "db.query.text"),
  };
}

function textOf(attributes: Attributes, key: string): string | undefined {
  return attributes.find((attribute) => attribute.key === key)?.value.stringValue;
}
