/** Whom a token is of. */
export type Caller = { readonly id: string; readonly role: string };

/**
 * Returns the caller of a token, as the gateway verifies it: which claim has the id, and which the role, is its
 * configuration's. Throws where the token is not accepted.
 */
export async function callerOf(token: string): Promise<Caller> {
  const response = await fetch("/console/caller", { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as Caller & { detail?: string };
  if (!response.ok) throw new Error(body.detail ?? "the token cannot be verified");
  return body;
}
