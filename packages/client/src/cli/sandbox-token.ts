import { UsageError } from "./usage-error.ts";

/** Where `npm start` has the sandbox. */
export const defaultSandbox = "http://127.0.0.1:8090";

const daySeconds = 24 * 3600;

/** A token of the sandbox for a day. Throws a UsageError where there is no sandbox, or it does not issue one. */
export async function sandboxToken(sandbox: string, user: string, role: string): Promise<string> {
  const url = new URL("/token", sandbox);
  url.search = new URLSearchParams({ user, role, ttl: `${daySeconds}` }).toString();
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error: unknown) => {
    throw new UsageError(
      `there is no sandbox at ${sandbox} (start it with npm start, or name it by --sandbox); a token of your own goes in by --token`,
      { cause: error },
    );
  });
  const text = await response.text();
  if (!response.ok) throw new UsageError(`the sandbox issued no token: ${text.trim()}`);
  return text.trim();
}
