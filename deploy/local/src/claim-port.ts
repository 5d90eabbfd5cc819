import { freePort, isFree } from "@till/embedded-postgres/free-port";

/** The port wanted if nobody listens there, else an error that names it; any free one when none is wanted. */
export async function claimPort(name: string, wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return freePort();
  if (await isFree(wanted)) return wanted;
  throw new Error(`port ${wanted} on 127.0.0.1 is already taken, ${name} cannot listen on it`);
}
