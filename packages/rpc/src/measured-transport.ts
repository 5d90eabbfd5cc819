import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { callBuckets, type Metrics } from "@till/telemetry";
import { inSpan, isTracing } from "@till/tracing";
import { Histogram } from "prom-client";

/** Measures every call to an upstream, each a span, until its response, or until the first part of a stream's. */
export function measuredTransport<T extends Transport>(transport: T, metrics: Metrics): T {
  const duration = durationIn(metrics);
  async function measured<Response>(method: string, call: () => Promise<Response>): Promise<Response> {
    const stop = duration.startTimer({ method });
    try {
      const response = await call();
      stop({ code: "OK" });
      return response;
    } catch (error) {
      stop({ code: Code[ConnectError.from(error).code] });
      throw error;
    }
  }
  const over = <Kind extends "unary" | "stream">(kind: Kind) =>
    ((...[method, signal, timeoutMs, header, ...rest]: Parameters<Transport[Kind]>) => {
      const name = pathOf(method);
      const call = transport[kind] as (...call: unknown[]) => Promise<unknown>;
      if (!isTracing()) return measured(name, () => call(method, signal, timeoutMs, header, ...rest));
      const headers = new Headers(header as ConstructorParameters<typeof Headers>[0]);
      const given = headers.get("traceparent");
      const parent = given === null ? {} : { parent: () => given };
      return inSpan(name, { kind: "client", ...parent }, (traceparent) => {
        if (traceparent !== undefined) headers.set("traceparent", traceparent);
        return measured(name, () => call(method, signal, timeoutMs, headers, ...rest));
      });
    }) as unknown as T[Kind];
  return { ...transport, unary: over("unary"), stream: over("stream") };
}

function pathOf({
  parent,
  name,
}: {
  readonly parent: { readonly typeName: string };
  readonly name: string;
}): string {
  return `${parent.typeName}/${name}`;
}

const name = "grpc_client_handling_seconds";

/** The metric of the registry: the channels of one process share it. */
function durationIn(metrics: Metrics): Histogram {
  const known = metrics.getSingleMetric(name) as Histogram | undefined;
  return (
    known ??
    new Histogram({
      name,
      help: "Time from a call to an upstream to its response, retries included, by method and gRPC code.",
      labelNames: ["method", "code"],
      buckets: callBuckets,
      registers: [metrics],
    })
  );
}
