import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { SpanBackend, SpanOptions } from "./span-backend.ts";
import type { TracingSettings } from "./tracing-settings.ts";

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/** Spans by OpenTelemetry's SDK, posted in batches. */
export function openTelemetry(service: string, { url, ratio }: TracingSettings) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
  });
  const tracer = provider.getTracer("till");

  function start(
    name: string,
    { kind, parent, attributes = {} }: SpanOptions,
  ): { span: Span; within: Context } {
    const within = parent ? contextOf(parent()) : context.active();
    return { span: tracer.startSpan(name, { kind: kinds[kind], attributes }, within), within };
  }

  const backend: SpanBackend = {
    async inSpan(name, options, work) {
      if (options.onlyWithin && trace.getSpan(context.active()) === undefined) return work(undefined);
      const { span, within } = start(name, options);
      try {
        return await context.with(trace.setSpan(within, span), () => work(traceparentOf(span)));
      } catch (error) {
        markFailed(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    startSpan(name, options) {
      const { span } = start(name, options);
      return {
        traceparent: traceparentOf(span),
        end(error) {
          if (error !== undefined) markFailed(span, error);
          span.end();
        },
      };
    },
  };
  return {
    backend,
    async close() {
      await provider.shutdown();
      context.disable();
    },
  };
}

/** An error by its name: its text may hold what belongs to no trace. */
function markFailed(span: Span, error: unknown): void {
  const { reason, name } = error as { readonly reason?: unknown; readonly name?: unknown };
  const message = typeof reason === "string" ? reason : String(name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = pattern.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags!, 16) & TraceFlags.SAMPLED;
  const remote = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
