import { decodeJwt } from "jose";

/**
 * Fetches the token with which a service calls another, and again shortly before it expires.
 * The address answers GET with a bare JWT, as token side-cars and the sandbox do.
 */
export function tokenFrom(url: string, now: () => number = Date.now): () => Promise<string> {
  let current: Promise<Token> | undefined;
  return async () => {
    const token = await current?.catch(() => undefined);
    if (!token || token.refreshAtMs <= now()) current = fetchToken(url, now);
    return (await current!).value;
  };
}

type Token = { readonly value: string; readonly refreshAtMs: number };

async function fetchToken(url: string, now: () => number): Promise<Token> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(2_000) });
  if (!response.ok) throw new Error(`the token door answered ${response.status}`);
  const value = (await response.text()).trim();
  const { exp } = decodeJwt(value);
  const lifetimeMs = exp === undefined ? 60_000 : exp * 1000 - now();
  return { value, refreshAtMs: now() + lifetimeMs * 0.8 };
}
