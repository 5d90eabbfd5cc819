import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StackTls } from "./stack-server.ts";

/** A listener with TLS and SASL, beside the one in the clear. */
export type SaslListener = {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The broker's settings for it. */
  readonly properties: string;
  /** What the broker's storage is formatted with: SCRAM keeps its users there. */
  readonly formatArguments: readonly string[];
};

const modules = "org.apache.kafka.common.security";

/**
 * Prepares a listener that takes PLAIN, both SCRAMs and OAUTHBEARER. The bearer tokens are those that Kafka brings for
 * development: a JWT without a signature, which only this machine's clients can send to a port on loopback.
 */
export async function saslListener(folder: string, port: number, tls: StackTls): Promise<SaslListener> {
  const [user, password] = ["till", randomBytes(16).toString("hex")];
  const keystore = join(folder, "kafka-keystore.pem");
  await writeFile(keystore, `${await readFile(tls.key, "utf8")}${await readFile(tls.cert, "utf8")}`, {
    mode: 0o600,
  });
  const scrams = ["SCRAM-SHA-256", "SCRAM-SHA-512"];
  const loginOf = (mechanism: string, login: string) =>
    `listener.name.sasl_ssl.${mechanism}.sasl.jaas.config=${modules}.${login};`;
  return {
    ...{ port, user, password },
    properties: [
      "ssl.keystore.type=PEM",
      `ssl.keystore.location=${keystore}`,
      `sasl.enabled.mechanisms=${["PLAIN", ...scrams, "OAUTHBEARER"].join(",")}`,
      loginOf("plain", `plain.PlainLoginModule required user_${user}="${password}"`),
      ...scrams.map((scram) => loginOf(scram.toLowerCase(), "scram.ScramLoginModule required")),
      loginOf(
        "oauthbearer",
        'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="till"',
      ),
    ].join("\n"),
    formatArguments: scrams.flatMap((scram) => [
      "--add-scram",
      `${scram}=[name=${user},password=${password}]`,
    ]),
  };
}
