import { defaultPorts } from "@till/config";
import { randomBytes } from "node:crypto";
import type { ServerName, Stack } from "./stack.ts";

/** The secrets that the sandbox and the payment service share. */
export type Secrets = { readonly webhookSecret: string; readonly encryptionKeys: string };

/** Fresh secrets, for temporary data. */
export function newSecrets(): Secrets {
  return {
    webhookSecret: randomBytes(32).toString("hex"),
    encryptionKeys: `stack-${randomBytes(6).toString("hex")}:${randomBytes(32).toString("base64")}`,
  };
}

/** Shell lines that export the variables of the services and the tests, TILL_PORT_OFFSET included if `env` has it. */
export function exportLines(
  { postgres, redis, kafka, tls, prometheus }: Partial<Stack<ServerName>>,
  secrets: Secrets,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const lines = [
    "# Paste these into other terminals, then: npm run sandbox, npm run order, npm run payment.",
  ];
  const set = (name: string, value: string) => lines.push(`export ${name}='${value}'`);
  if (postgres) {
    const url = postgres.tlsUrl ?? postgres.url;
    set("ORDER_DATABASE_URL", url("till_order"));
    set("PAYMENT_DATABASE_URL", url("till_payment"));
    set("WEBHOOK_DATABASE_URL", url("till_webhook"));
    set("DATABASE_URL", url("till_order"));
    set("TILL_TEST_POSTGRES_URL", postgres.url("postgres"));
  }
  if (redis) {
    set("REDIS_URL", redis.tlsUrl ?? redis.url);
    if (tls) set("REDIS_CA", tls.ca);
    set("TILL_TEST_REDIS_URL", redis.url);
  }
  if (kafka) {
    set("KAFKA_BROKERS", kafka.sasl?.brokers ?? kafka.brokers);
    if (tls && kafka.sasl) {
      set("KAFKA_SECURITY_PROTOCOL", "SASL_SSL");
      set("KAFKA_SSL_CA", tls.ca);
      set("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512");
      set("KAFKA_SASL_USERNAME", kafka.sasl.user);
      set("KAFKA_SASL_PASSWORD", kafka.sasl.password);
    }
    set("TILL_TEST_KAFKA_BROKERS", kafka.brokers);
  }
  if (env["TILL_PORT_OFFSET"]) set("TILL_PORT_OFFSET", env["TILL_PORT_OFFSET"]);
  if (tls) {
    set("TILL_TLS_CERT", tls.cert);
    set("TILL_TLS_KEY", tls.key);
    set("TILL_TLS_CA", tls.ca);
    set("TILL_TLS_CLIENT_CA", tls.ca);
    const { sandbox, order, payment, webhookService } = defaultPorts(env);
    for (const [name, port] of Object.entries({
      ...{ USERS: sandbox, COURSES: sandbox },
      ...{ ORDER: order, PAYMENT: payment, WEBHOOK: webhookService },
    }))
      set(`TILL_${name}_ADDRESS`, `https://localhost:${port}`);
  }
  set("TILL_PSP_WEBHOOK_URL", `http://127.0.0.1:${defaultPorts(env).webhooks}/webhooks/sandbox`);
  set("TILL_PSP_WEBHOOK_SECRET", secrets.webhookSecret);
  set("TILL_ENCRYPTION_KEYS", secrets.encryptionKeys);
  if (prometheus) lines.push(`# Prometheus: ${prometheus.url}, with the alerts at ${prometheus.url}/alerts`);
  return [...lines, "# Ctrl-C in this terminal stops the servers and deletes their data."].join("\n");
}
