import {
  defaultPorts,
  kafkaSecurity,
  kafkaSecurityVariables,
  readConfig,
  requiredInsecureVariable,
  tlsSettings,
  tlsVariables,
  type DefaultPorts,
} from "@till/config";
import { z } from "zod";
import type { Webhook } from "./psp/webhook-sender.ts";

const port = z.coerce.number("must be a port").int("must be a port").min(0).max(65_535);

const schema = (ports: DefaultPorts) =>
  z
    .object({
      TILL_INSECURE: requiredInsecureVariable,
      TILL_HOST: z.string().default("127.0.0.1"),
      TILL_SANDBOX_PORT: port.default(ports.sandbox).describe("gRPC: users, courses, catalog, inventory"),
      TILL_SANDBOX_HTTP_PORT: port.default(ports.sandboxHttp).describe("HTTP: tokens, stock and the PSP"),
      TILL_SANDBOX_JOURNAL: z.string().optional(),
      TILL_SANDBOX_LOAD: z.enum(["on", "off"]).default("off"),
      TILL_SANDBOX_E3_IN_SECONDS: z.coerce.number().int().min(-86_400).max(31_536_000).default(3_600),
      TILL_REFLECTION: z.enum(["on", "off"]).default("on"),
      KAFKA_BROKERS: z.string().optional(),
      ...kafkaSecurityVariables(),
      ...tlsVariables(),
      TILL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
      TILL_PSP_WEBHOOK_URL: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe("where the PSP posts its webhooks"),
      TILL_PSP_WEBHOOK_SECRET: z.string().optional().describe("the secret that signs the PSP's webhooks"),
    })
    .refine((set) => set.TILL_PSP_WEBHOOK_SECRET || !set.TILL_PSP_WEBHOOK_URL, {
      path: ["TILL_PSP_WEBHOOK_SECRET"],
    })
    .refine((set) => set.TILL_PSP_WEBHOOK_URL || !set.TILL_PSP_WEBHOOK_SECRET, {
      path: ["TILL_PSP_WEBHOOK_URL"],
    });

export type SandboxConfig = ReturnType<typeof sandboxConfig>;

/** Reads the sandbox's settings, all with a local default. Throws, naming every invalid variable. */
export function sandboxConfig(env?: Readonly<Record<string, string | undefined>>) {
  const read = readConfig(schema(defaultPorts(env)), env);
  return {
    host: read.TILL_HOST,
    grpcPort: read.TILL_SANDBOX_PORT,
    httpPort: read.TILL_SANDBOX_HTTP_PORT,
    /** The file that keeps payments, ledger, stock and the signing key for the next start. Undefined: none. */
    journal: read.TILL_SANDBOX_JOURNAL,
    /** Whether ids with a load prefix are sessions and products, for load tests. */
    load: read.TILL_SANDBOX_LOAD === "on",
    /** When the session …e3 begins, counted from the start. */
    e3InSeconds: read.TILL_SANDBOX_E3_IN_SECONDS,
    reflection: read.TILL_REFLECTION === "on",
    tls: tlsSettings(read),
    kafkaBrokers: read.KAFKA_BROKERS?.split(","),
    kafkaSecurity: kafkaSecurity(read),
    logLevel: read.TILL_LOG_LEVEL,
    /** The PSP's webhook URL and secret. Undefined: no webhooks are sent. */
    webhook: webhookOf(read),
  };
}

function webhookOf(read: z.output<ReturnType<typeof schema>>): Webhook | undefined {
  const { TILL_PSP_WEBHOOK_URL: url, TILL_PSP_WEBHOOK_SECRET: secret } = read;
  return url !== undefined && secret !== undefined ? { url, secret } : undefined;
}
