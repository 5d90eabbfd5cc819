import { decodeJwt } from "jose";

/** Gives the bearer token of each call. */
export type TokenSource = {
  (): Promise<string>;
  /** Drops a token that was not accepted, in sources that may get another one. */
  readonly forget?: (token: string) => void;
};

/**
 * Gives the token with which a service calls others. It is fetched once for all, and again when most of its life is
 * over; until the new one is there, or while none is to be had, the old one serves as long as it is good. One that was
 * not accepted is not used any more: its issuer may have changed its keys.
 * A GET of the address returns a bare JWT, as token side-cars and the sandbox do.
 */
export function tokenFrom(url: string, now: () => number = Date.now): TokenSource {
  let current: Token | undefined;
  /** Under way, or failed less than a moment ago. */
  let renewal: Promise<Token> | undefined;
  let retryAtMs = Infinity;

  function renew(): Promise<Token> {
    if (renewal && now() < retryAtMs) return renewal;
    const startedAtMs = now();
    retryAtMs = Infinity;
    renewal = fetchToken(url, now);
    renewal.then(
      (token) => {
        current = token;
        renewal = undefined;
      },
      () => (retryAtMs = startedAtMs + retryMs),
    );
    return renewal;
  }

  async function token(): Promise<string> {
    const atMs = now();
    if (current && atMs < current.renewAtMs) return current.value;
    const renewed = renew();
    return current && atMs < current.uselessAtMs ? current.value : (await renewed).value;
  }

  /** One that has just been fetched stays: nothing better is to be had. */
  function forget(rejected: string): void {
    if (current?.value === rejected && now() >= current.fetchedAtMs + retryMs) current = undefined;
  }

  return Object.assign(token, { forget });
}

/** An issuer that is down, or whose tokens are not accepted, is not called for every RPC. */
const retryMs = 1_000;

/** A token must not expire on its way. */
const onTheWayMs = 1_000;

type Token = {
  readonly value: string;
  readonly fetchedAtMs: number;
  readonly renewAtMs: number;
  readonly uselessAtMs: number;
};

async function fetchToken(url: string, now: () => number): Promise<Token> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(2_000) });
  if (!response.ok) throw new Error(`the token issuer answered ${response.status}`);
  const value = (await response.text()).trim();
  const { exp } = decodeJwt(value);
  const expiresAtMs = exp === undefined ? now() + 60_000 : exp * 1000;
  return {
    value,
    fetchedAtMs: now(),
    renewAtMs: now() + (expiresAtMs - now()) * 0.8,
    uselessAtMs: expiresAtMs - onTheWayMs,
  };
}
