import { tokenFrom } from "@till/rpc/client";
import { inspectIssuer } from "@till/rpc/inspect";
import { verifyTokens } from "@till/rpc/server";
import { addressOf } from "@till/telemetry";
import { failed, ok, reasonOf, warn, type CheckResult } from "./check-result.ts";

type TokenIssuer = Parameters<typeof tokenFrom>[0];
type TokenRules = Parameters<typeof verifyTokens>[0];

/** Looks at each issuer whose tokens the server takes: its keys must be there. */
export async function checkIssuers({ issuers }: TokenRules): Promise<CheckResult[]> {
  return Promise.all(
    issuers.map(async ({ issuer, jwksUrl }) => {
      const check = "token issuer";
      try {
        const { jwksUrl: url, keys } = await inspectIssuer({ issuer, jwksUrl });
        const found = `${issuer}: ${keys} keys at ${addressOf(url)}`;
        if (keys === 0)
          return failed(check, found, "correct TILL_JWKS_URL: no key there verifies signatures");
        if (issuer !== "till-sandbox") return ok(check, found);
        return warn(
          check,
          `${found}; the sandbox makes anybody an admin`,
          "set TILL_JWT_ISSUER for anything but a trial",
        );
      } catch (error) {
        const remedy = "correct TILL_JWT_ISSUER or TILL_JWKS_URL, or start what is there";
        return failed(check, `the keys of ${issuer} cannot be fetched: ${reasonOf(error)}`, remedy);
      }
    }),
  );
}

/** Fetches the token that the service calls others with, and looks at it as those others do. */
export async function checkServiceToken(issuer: TokenIssuer, rules: TokenRules): Promise<CheckResult[]> {
  const check = "service token";
  let token: string;
  try {
    token = await tokenFrom(issuer)();
  } catch (error) {
    const found = `${addressOf(issuer.url)}: ${reasonOf(error)}`;
    return [
      failed(check, found, "correct TILL_SERVICE_TOKEN_URL and what is with it, or start what is there"),
    ];
  }
  try {
    const { role } = await verifyTokens(rules)(token);
    if (role === "service")
      return [ok(check, `of ${addressOf(issuer.url)} is accepted, with the role service`)];
    return [
      failed(check, `has the role ${role}`, "give the service's client the role service (TILL_JWT_ROLES)"),
    ];
  } catch (error) {
    return [
      failed(check, `is rejected: ${reasonOf(error)}`, "let TILL_JWT_ISSUER and its kin name its issuer"),
    ];
  }
}
