import { PortTaken } from "@till/telemetry";

/** Runs a start; where a port is taken, its error names the variable, of these, that sets the port. */
export async function namePortVariables<T>(
  variables: Readonly<Record<string, number>>,
  start: () => Promise<T>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    const variable = Object.keys(variables).find((name) => variables[name] === error.port);
    if (variable === undefined) throw error;
    throw new Error(`${error.message}; set ${variable}, or TILL_PORT_OFFSET to move all ports`, {
      cause: error,
    });
  }
}
