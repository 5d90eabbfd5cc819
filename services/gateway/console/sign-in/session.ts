import { computed, signal } from "@preact/signals";
import { createTill, isTillError, type Till } from "@till/client/web";
import type { Caller } from "./caller-of.ts";
import type { OidcTokens } from "./oidc.ts";
import { oidcTokenSource } from "./oidc-token-source.ts";
import { sandboxToken } from "./sandbox-token.ts";

/** Who is signed in: an identity of the sandbox's, one of an identity server's, or the holder of a token. */
type Session = { readonly caller: Caller } & (
  | { readonly kind: "sandbox" }
  | ({ readonly kind: "oidc" } & OidcTokens)
  | { readonly kind: "token"; readonly token: string }
);

/** Kept until the tab is closed, so that a reload stays signed in. The page itself has no token. */
const storageKey = "till-console-session";

const session = signal<Session | undefined>(storedSession());

/** Why the last session ended by itself, if it did. */
export const sessionProblem = signal<string | undefined>(undefined);

/** The client of the signed-in caller. */
export const client = computed<Till | undefined>(() => {
  const current = session.value;
  // The services are behind the address that served the page.
  return current && createTill({ url: "/", token: tokenSourceOf(current) });
});

/** Who is signed in, for people. */
export const caller = computed(() => session.value?.caller);

export function signIn(next: Session): void {
  keep(next);
  sessionProblem.value = undefined;
  session.value = next;
}

export function signOut(problem?: string): void {
  sessionStorage.removeItem(storageKey);
  sessionProblem.value = problem;
  session.value = undefined;
}

/** Ends the session where its token is no longer accepted. */
export function endIfUnauthenticated(error: unknown): void {
  if (isTillError(error) && error.code === "UNAUTHENTICATED") signOut(`Signed out: ${error.message}`);
}

function tokenSourceOf(current: Session) {
  switch (current.kind) {
    case "token":
      return current.token;
    case "oidc":
      return oidcTokenSource(current, {
        // The caller stays the same: pages need not load again.
        onRefresh: (tokens) => keep({ ...current, ...tokens }),
        onEnd: () => signOut("The session has ended: sign in again."),
      });
    case "sandbox":
      return sandboxTokenSource(current.caller);
  }
}

function sandboxTokenSource({ id, role }: Caller) {
  let token: Promise<string> | undefined;
  return ({ rejected }: { rejected?: string }) => {
    if (rejected !== undefined) token = undefined;
    token ??= sandboxToken(id, role);
    token.catch(() => (token = undefined));
    return token;
  };
}

function keep(current: Session): void {
  sessionStorage.setItem(storageKey, JSON.stringify(current));
}

function storedSession(): Session | undefined {
  const stored = sessionStorage.getItem(storageKey);
  const session = stored === null ? undefined : (JSON.parse(stored) as Partial<Session>);
  // One of an earlier version of the console has no caller.
  return session?.caller ? (session as Session) : undefined;
}
