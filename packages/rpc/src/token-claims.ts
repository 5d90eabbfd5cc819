import { canonicalId, isExternalId } from "@till/ids";
import type { JWTPayload } from "jose";
import type { Caller } from "./caller.ts";
import { tokenRejected } from "./token-rejected.ts";
import type { IssuerRules, RoleMapping } from "./token-rules.ts";

/** Returns who calls, as the claims of a verified token say. Throws UNAUTHENTICATED, naming the claim for the log. */
export function callerFromClaims(claims: JWTPayload, rules: IssuerRules): Pick<Caller, "id" | "role"> {
  requireAccessToken(claims);
  requireClient(claims, rules);
  const { userClaim = "sub", roleClaims = ["role"], roles = ownRoles } = rules;
  const names = new Set(roleClaims.flatMap((claim) => roleNames(claim, claimAt(claims, claim))));
  const mapping = roles.find(({ named }) => names.has(named)) ?? roles.find(({ named }) => named === "*");
  if (mapping === undefined)
    throw tokenRejected(
      { claim: roleClaims.join(","), problem: "has no role that is known here" },
      "the token's role is not user, admin or service",
    );
  const { role } = mapping;
  const id = claimAt(claims, userClaim);
  if (typeof id !== "string" || id === "")
    throw tokenRejected({ claim: userClaim, problem: "is missing or no text" });
  // Services and admins may go by a name; what a user owns is found by its id.
  if (role === "user" && !isExternalId(id))
    throw tokenRejected(
      { claim: userClaim, problem: "is no id" },
      "a user's token must name the user by its id",
    );
  return { id: canonicalId(id), role };
}

const ownRoles: readonly RoleMapping[] = [
  { named: "admin", role: "admin" },
  { named: "service", role: "service" },
  { named: "user", role: "user" },
];

/**
 * Returns the claim at a path such as `realm_access.roles`. A claim's own name may have dots in it, as in
 * `https://shop.example/roles`: the longest name that is there counts.
 */
function claimAt(claims: unknown, path: string): unknown {
  if (typeof claims !== "object" || claims === null) return undefined;
  if (Object.hasOwn(claims, path)) return (claims as Record<string, unknown>)[path];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const head = path.slice(0, dot);
    if (!Object.hasOwn(claims, head)) continue;
    const found = claimAt((claims as Record<string, unknown>)[head], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Roles come as a list or as a text; scopes, in OAuth, as a text with blanks between them. */
function roleNames(claim: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string" && /(^|\.)(scope|scp)$/.test(claim)) return value.split(" ");
  return [value];
}

/** The same issuer's ID and refresh tokens may be signed with the same keys; Cognito and Keycloak mark them. */
function requireAccessToken({ token_use: use, typ: type }: JWTPayload): void {
  const isAccess = (use === undefined || use === "access") && !otherTypes.has(type);
  if (!isAccess)
    throw tokenRejected({ claim: use === undefined ? "typ" : "token_use", problem: "is of no access token" });
}

const otherTypes = new Set<unknown>(["ID", "Refresh", "Offline", "Logout"]);

/** `client_id` is RFC 9068's name; Keycloak, Auth0 and Entra write `azp`, older tokens of Entra `appid`. */
function requireClient(claims: JWTPayload, { clients }: IssuerRules): void {
  if (clients === undefined) return;
  const client = claims["client_id"] ?? claims["azp"] ?? claims["appid"];
  if (!clients.some((allowed) => allowed === client))
    throw tokenRejected({ claim: "client_id", problem: `is none of ${clients.join(", ")}` });
}
