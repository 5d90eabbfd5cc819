import { homedir } from "node:os";
import { join } from "node:path";

/** What the environment says; options of the command line win. */
export type CliConfig = {
  readonly token: string | undefined;
  readonly orderAddress: string | undefined;
  readonly paymentAddress: string | undefined;
  /** Where `till login` keeps its token. */
  readonly credentialsPath: string;
};

/** Reads TILL_TOKEN, TILL_ORDER_ADDRESS, TILL_PAYMENT_ADDRESS and XDG_CONFIG_HOME. */
export function cliConfig(env: Readonly<Record<string, string | undefined>> = process.env): CliConfig {
  const configHome = env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return {
    token: env.TILL_TOKEN || undefined,
    orderAddress: env.TILL_ORDER_ADDRESS || undefined,
    paymentAddress: env.TILL_PAYMENT_ADDRESS || undefined,
    credentialsPath: join(configHome, "till", "credentials.json"),
  };
}
