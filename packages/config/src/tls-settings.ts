import { z } from "zod";
import { ConfigError } from "./read-config.ts";

const file = z.string().optional().describe("a PEM file");

/** The variables with a process's certificates. */
export function tlsVariables() {
  return { TILL_TLS_CERT: file, TILL_TLS_KEY: file, TILL_TLS_CLIENT_CA: file, TILL_TLS_CA: file };
}

type TlsVariables = z.output<z.ZodObject<ReturnType<typeof tlsVariables>>>;

/** Those variables as a process uses them. Throws a ConfigError where one lacks its other half. */
export function tlsSettings({ TILL_TLS_CERT: cert, TILL_TLS_KEY: key, ...read }: TlsVariables) {
  requireBoth("TILL_TLS_CERT", cert, "TILL_TLS_KEY", key);
  const { TILL_TLS_CLIENT_CA: clientCa, TILL_TLS_CA: ca } = read;
  // A server in the clear would take calls of everyone, in spite of the setting.
  if (clientCa !== undefined && cert === undefined)
    throw new ConfigError(["TILL_TLS_CERT is missing (TILL_TLS_CLIENT_CA needs a server with TLS)"]);
  return { cert, key, clientCa, ca };
}

/** Throws a ConfigError where one of two variables is set without the other. */
export function requireBoth(
  first: string,
  firstValue: string | undefined,
  second: string,
  secondValue: string | undefined,
): void {
  if ((firstValue === undefined) === (secondValue === undefined)) return;
  const [missing, given] = firstValue === undefined ? [first, second] : [second, first];
  throw new ConfigError([`${missing} is missing (${given} is set)`]);
}
