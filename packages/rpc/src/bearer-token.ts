import { appError } from "./app-error.ts";

/** Returns the token of an authorization header. Throws UNAUTHENTICATED where there is none. */
export function bearerToken(header: string | undefined): string {
  if (!header)
    throw appError(
      "UNAUTHENTICATED",
      "this call needs a token: authorization: Bearer <JWT>, as metadata or header",
    );
  const token = /^bearer +(\S+)$/i.exec(header)?.[1];
  if (token === undefined)
    throw appError("UNAUTHENTICATED", "authorization is not a bearer token: Bearer <JWT>");
  return token;
}
