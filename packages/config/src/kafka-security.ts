import { z } from "zod";
import { ConfigError } from "./read-config.ts";
import { requireBoth } from "./tls-settings.ts";

const file = z.string().optional().describe("a PEM file");

/** The variables that protect a process's connections to Kafka, in the words of Kafka's own clients. */
export function kafkaSecurityVariables() {
  return {
    KAFKA_SECURITY_PROTOCOL: z.enum(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]).default("PLAINTEXT"),
    KAFKA_SSL_CA: file,
    KAFKA_SSL_CERT: file,
    KAFKA_SSL_KEY: file,
    KAFKA_SASL_MECHANISM: z.enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]).optional(),
    KAFKA_SASL_USERNAME: z.string().optional(),
    KAFKA_SASL_PASSWORD: z.string().optional(),
  };
}

type KafkaVariables = z.output<z.ZodObject<ReturnType<typeof kafkaSecurityVariables>>>;

/** Those variables as a process uses them. Throws a ConfigError where they do not fit together. */
export function kafkaSecurity(read: KafkaVariables) {
  const { KAFKA_SECURITY_PROTOCOL: protocol } = read;
  const { KAFKA_SSL_CA: ca, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key } = read;
  requireBoth("KAFKA_SSL_CERT", cert, "KAFKA_SSL_KEY", key);
  const hasTls = protocol.endsWith("SSL");
  if (!hasTls && (ca ?? cert) !== undefined)
    throw new ConfigError([
      "KAFKA_SECURITY_PROTOCOL must be SSL or SASL_SSL (there are certificates for it)",
    ]);
  return { tls: hasTls ? { ca, cert, key } : undefined, sasl: saslSettings(read) };
}

function saslSettings(read: KafkaVariables) {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = read;
  if (!read.KAFKA_SECURITY_PROTOCOL.startsWith("SASL_")) {
    if (mechanism === undefined && username === undefined && password === undefined) return undefined;
    throw new ConfigError([
      "KAFKA_SECURITY_PROTOCOL must be SASL_SSL or SASL_PLAINTEXT (there are SASL settings)",
    ]);
  }
  if (mechanism === undefined) throw new ConfigError(["KAFKA_SASL_MECHANISM is missing"]);
  if (mechanism === "OAUTHBEARER") return { mechanism };
  if (username === undefined)
    throw new ConfigError([`KAFKA_SASL_USERNAME is missing (${mechanism} needs it)`]);
  if (password === undefined)
    throw new ConfigError([`KAFKA_SASL_PASSWORD is missing (${mechanism} needs it)`]);
  return { mechanism, username, password };
}
