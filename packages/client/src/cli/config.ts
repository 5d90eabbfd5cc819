import { homedir } from "node:os";
import { join } from "node:path";

/** What the environment says; options of the command line win. */
export type CliConfig = {
  readonly token: string | undefined;
  readonly orderAddress: string | undefined;
  readonly paymentAddress: string | undefined;
  readonly webhookAddress: string | undefined;
  /** File of the certificate authorities to trust, as PEM. */
  readonly ca: string | undefined;
  /** Files of the certificate to present and its key, as PEM. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Where `till login` keeps its token. */
  readonly credentialsPath: string;
  /** Where `till listen` keeps its signing secret. */
  readonly listenSecretPath: string;
};

/** Reads TILL_TOKEN, TILL_ORDER_ADDRESS, TILL_PAYMENT_ADDRESS, TILL_WEBHOOK_ADDRESS, TILL_CA, TILL_CERT, TILL_KEY and XDG_CONFIG_HOME. */
export function cliConfig(env: Readonly<Record<string, string | undefined>> = process.env): CliConfig {
  const configHome = env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return {
    token: env.TILL_TOKEN || undefined,
    orderAddress: env.TILL_ORDER_ADDRESS || undefined,
    paymentAddress: env.TILL_PAYMENT_ADDRESS || undefined,
    webhookAddress: env.TILL_WEBHOOK_ADDRESS || undefined,
    ca: env.TILL_CA || undefined,
    cert: env.TILL_CERT || undefined,
    key: env.TILL_KEY || undefined,
    credentialsPath: join(configHome, "till", "credentials.json"),
    listenSecretPath: join(configHome, "till", "listen-secret"),
  };
}
