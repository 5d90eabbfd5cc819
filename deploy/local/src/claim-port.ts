import { freePort, isFree } from "@till/embedded-postgres/free-port";

/** Returns the requested port, or a free one if none is requested. Throws, naming the port, when it is taken. */
export async function claimPort(name: string, wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return freePort();
  if (await isFree(wanted)) return wanted;
  throw new Error(`port ${wanted} on 127.0.0.1 is already taken, ${name} cannot listen on it`);
}
