import { computed, signal } from "@preact/signals";
import { createTill, isTillError, type Till } from "@till/client/web";

export type Role = "user" | "admin" | "service";

/** Who is signed in: an identity that the sandbox issues tokens of, or the holder of a token. */
type Session =
  | { readonly kind: "sandbox"; readonly user: string; readonly role: Role }
  | { readonly kind: "token"; readonly token: string };

/** Kept until the tab is closed, so that a reload stays signed in. The page itself has no token. */
const storageKey = "till-console-session";

const session = signal<Session | undefined>(storedSession());

/** Why the last session ended by itself, if it did. */
export const sessionProblem = signal<string | undefined>(undefined);

/** The client of the signed-in caller. */
export const client = computed<Till | undefined>(() => {
  const current = session.value;
  // The services are behind the address that served the page.
  return current && createTill({ url: "/", token: tokenSource(current) });
});

/** Who is signed in, for people. */
export const caller = computed(() => {
  const current = session.value;
  if (current?.kind === "sandbox") return { id: current.user, role: current.role };
  return current && claimsOf(current.token);
});

export function signIn(next: Session): void {
  sessionStorage.setItem(storageKey, JSON.stringify(next));
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

/** Returns a token of any identity from the sandbox. Throws where it cannot be reached. */
export async function sandboxToken(user: string, role: Role): Promise<string> {
  const query = new URLSearchParams({ user, role });
  const response = await fetch(`/console/sandbox-token?${query}`, { method: "POST" });
  const text = await response.text();
  if (!response.ok) throw new Error(`the sandbox has no token for ${user}: ${text}`);
  return text;
}

function tokenSource(current: Session) {
  if (current.kind === "token") return current.token;
  let token: Promise<string> | undefined;
  return ({ rejected }: { rejected?: string }) => {
    if (rejected !== undefined) token = undefined;
    token ??= sandboxToken(current.user, current.role);
    token.catch(() => (token = undefined));
    return token;
  };
}

function storedSession(): Session | undefined {
  const stored = sessionStorage.getItem(storageKey);
  return stored === null ? undefined : (JSON.parse(stored) as Session);
}

/** Reads the claims of a JWT, to be shown: the services verify it. */
function claimsOf(token: string): { id: string; role: string } {
  try {
    const payload = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    const claims = JSON.parse(atob(payload)) as { sub?: string; role?: string };
    return { id: claims.sub ?? "unknown", role: claims.role ?? "unknown" };
  } catch {
    return { id: "unknown", role: "unknown" };
  }
}
