import { z } from "zod";

/** The variables that say where a process's spans go. */
export function tracingVariables() {
  return {
    TILL_OTLP_URL: z.url().optional().describe("http://…:4318/v1/traces"),
    TILL_TRACE_RATIO: z.coerce.number().min(0).max(1).default(1),
  };
}

type TracingVariables = z.output<z.ZodObject<ReturnType<typeof tracingVariables>>>;

/** Those variables as a process uses them; undefined: no spans are exported. */
export function tracingSettings({ TILL_OTLP_URL: url, TILL_TRACE_RATIO: ratio }: TracingVariables) {
  return url === undefined ? undefined : { url, ratio };
}
