import type { KafkaConfig, SASLOptions } from "kafkajs";
import { readFileSync } from "node:fs";

/** How connections to Kafka are protected; left out: not at all. */
export type KafkaSecurity = {
  /** TLS, with PEM files; without a CA the machine's are trusted. */
  readonly tls?: KafkaTls | undefined;
  readonly sasl?: KafkaSasl | undefined;
};

type KafkaTls = {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

type KafkaSasl =
  | {
      readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: "OAUTHBEARER" };

/** Returns the settings as kafkajs has them. `token` gives the bearer token of a connection by OAUTHBEARER. */
export function kafkaSecurity(
  { tls, sasl }: KafkaSecurity,
  token?: () => Promise<string>,
): Pick<KafkaConfig, "ssl" | "sasl"> {
  return { ...(tls && { ssl: filesOf(tls) }), ...(sasl && { sasl: saslOf(sasl, token) }) };
}

/** kafkajs reads these properties for each connection, and so a new certificate is used without a restart. */
function filesOf({ ca, cert, key }: KafkaTls): NonNullable<KafkaConfig["ssl"]> {
  const files = {};
  for (const [name, file] of Object.entries({ ca, cert, key }))
    if (file !== undefined)
      Object.defineProperty(files, name, { enumerable: true, get: () => readFileSync(file) });
  return files;
}

function saslOf(sasl: KafkaSasl, token: (() => Promise<string>) | undefined): SASLOptions {
  switch (sasl.mechanism) {
    case "PLAIN":
      return { mechanism: "plain", username: sasl.username, password: sasl.password };
    case "SCRAM-SHA-256":
      return { mechanism: "scram-sha-256", username: sasl.username, password: sasl.password };
    case "SCRAM-SHA-512":
      return { mechanism: "scram-sha-512", username: sasl.username, password: sasl.password };
    case "OAUTHBEARER":
      if (!token) throw new Error("SASL by OAUTHBEARER needs a token of this process");
      return { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: await token() }) };
  }
}
