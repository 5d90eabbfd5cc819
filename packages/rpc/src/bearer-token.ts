import { appError } from "./app-error.ts";

/** Returns the token of an authorization header. Throws UNAUTHENTICATED where there is none. */
export function bearerToken(header: string | undefined): string {
  if (!header) throw appError("UNAUTHENTICATED", "this call needs metadata authorization: Bearer <JWT>");
  const token = /^bearer +(\S+)$/i.exec(header)?.[1];
  if (token === undefined) throw appError("UNAUTHENTICATED", "metadata authorization is not a bearer token");
  return token;
}
