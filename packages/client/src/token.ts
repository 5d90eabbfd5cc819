/**
 * The bearer token of each call: a text, or a function that returns one. The function is called before every call, so it
 * should keep its token while it is good; with `rejected` it is called once more after a token was not accepted.
 */
export type TokenSource = string | ((context: TokenContext) => string | Promise<string>);

/** Why a token is needed. */
export type TokenContext = {
  /** The token that was not accepted just now. Undefined: any good token will do. */
  readonly rejected?: string;
};

/** Returns the token of a call. */
export async function tokenOf(source: TokenSource, context: TokenContext = {}): Promise<string> {
  return typeof source === "string" ? source : source(context);
}

/** Returns another token than the rejected one, or undefined where there is none. */
export async function anotherToken(source: TokenSource, rejected: string): Promise<string | undefined> {
  if (typeof source === "string") return undefined;
  const token = await source({ rejected });
  return token === rejected ? undefined : token;
}
