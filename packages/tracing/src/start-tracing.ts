import { setBackend } from "./span.ts";
import type { TracingSettings } from "./tracing-settings.ts";

/**
 * Exports the spans of this process by OTLP over HTTP, where there are settings. The SDK is loaded only then. Returns what
 * sends the last spans and ends it.
 */
export async function startTracing(
  service: string,
  settings: TracingSettings | undefined,
): Promise<() => Promise<void>> {
  if (settings === undefined) return () => Promise.resolve();
  const { openTelemetry } = await import("./open-telemetry.ts");
  const exported = openTelemetry(service, settings);
  setBackend(exported.backend);
  return async () => {
    setBackend(undefined);
    await exported.close();
  };
}
