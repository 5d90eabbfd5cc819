import { z } from "zod";
import { insecureWhere } from "./insecure.ts";
import { ConfigError } from "./read-config.ts";

const list = z
  .string()
  .transform((text) => text.split(",").map((entry) => entry.trim()))
  .pipe(z.array(z.string().min(1)));

/** Parses `<theirs>=<ours>,…`. Ours is after the last `=`, for theirs may be a URL. */
const roleMapping = z.string().transform((text, context) =>
  text.split(",").map((entry) => {
    const [, named, role] = /^\s*(.+)=\s*(user|admin|service)\s*$/.exec(entry) ?? [];
    const isRight = named !== undefined && role !== undefined && (named !== "*" || role === "user");
    if (!isRight)
      context.addIssue({ code: "custom", message: "must be <role>=user|admin|service,… or *=user" });
    return { named: named?.trim() ?? "", role: role as "user" | "admin" | "service" };
  }),
);

/** What each issuer has of its own. */
const ofIssuer = {
  TILL_JWT_ISSUER: z
    .string()
    .transform((issuer): Issuer => ({ issuer }))
    .optional(),
  TILL_JWKS_URL: z.url().optional(),
  TILL_JWT_AUDIENCE: list.optional(),
  TILL_JWT_CLIENTS: list.optional(),
  TILL_JWT_USER_CLAIM: z.string().default("sub"),
  TILL_JWT_ROLE_CLAIM: list.default(["role"]),
  TILL_JWT_ROLES: roleMapping.optional().describe("<the issuer's role>=user|admin|service,…"),
};

/** An issuer, and where its keys are if that is known without a variable. */
type Issuer = { readonly issuer: string; readonly jwksUrl?: string };

type OfIssuer = typeof ofIssuer;

/** The first issuer's variables have no suffix. */
const suffixes = ["", "_2", "_3", "_4"] as const;

type Suffix = (typeof suffixes)[number];

type OfEveryIssuer = { [Name in keyof OfIssuer as `${Name}${Suffix}`]: OfIssuer[Name] };

/** The variables that say whose tokens a server takes; where they name no issuer, the sandbox's at this port. */
export function tokenVariables(sandboxHttp: number) {
  const ofEveryIssuer = suffixes.flatMap((suffix) =>
    Object.entries(ofIssuer).map(([name, type]) => [`${name}${suffix}`, type]),
  );
  return {
    ...(Object.fromEntries(ofEveryIssuer) as OfEveryIssuer),
    TILL_JWT_ISSUER: insecureWhere(
      ofIssuer.TILL_JWT_ISSUER.unwrap().default({
        issuer: "till-sandbox",
        jwksUrl: `http://127.0.0.1:${sandboxHttp}/.well-known/jwks.json`,
      }),
      (issuer) => issuer === undefined,
    ),
    TILL_JWT_CLOCK_TOLERANCE_SECONDS: z.coerce.number().min(0).max(300).default(5),
    TILL_TOKEN_MAX_SECONDS: z.coerce.number().int().min(60).default(86_400),
  };
}

type TokenVariables = z.output<z.ZodObject<ReturnType<typeof tokenVariables>>>;

/** Those variables as a server uses them. Throws a ConfigError where an issuer's keys cannot be found. */
export function tokenSettings(read: TokenVariables) {
  return {
    issuers: suffixes.flatMap((suffix) => issuerSettings(read, suffix)),
    clockToleranceMs: read.TILL_JWT_CLOCK_TOLERANCE_SECONDS * 1000,
    longestLifeMs: read.TILL_TOKEN_MAX_SECONDS * 1000,
  };
}

function issuerSettings(read: TokenVariables, suffix: Suffix) {
  const named = read[`TILL_JWT_ISSUER${suffix}`];
  const given = [read[`TILL_JWKS_URL${suffix}`], read[`TILL_JWT_CLIENTS${suffix}`]];
  if (named === undefined && given.every((setting) => setting === undefined)) return [];
  if (named === undefined) throw new ConfigError([`TILL_JWT_ISSUER${suffix} is missing`]);
  const { issuer } = named;
  const jwksUrl = read[`TILL_JWKS_URL${suffix}`] ?? named.jwksUrl;
  if (jwksUrl === undefined && !/^https?:\/\//.test(issuer))
    throw new ConfigError([
      `TILL_JWKS_URL${suffix} is missing (TILL_JWT_ISSUER${suffix} is no URL that says where the keys are)`,
    ]);
  const clients = read[`TILL_JWT_CLIENTS${suffix}`];
  return [
    {
      ...{ issuer, jwksUrl, clients },
      // A token must be for something: where the issuer names no audience, for one of the clients.
      audiences: read[`TILL_JWT_AUDIENCE${suffix}`] ?? (clients ? undefined : ["till"]),
      userClaim: read[`TILL_JWT_USER_CLAIM${suffix}`],
      roleClaims: read[`TILL_JWT_ROLE_CLAIM${suffix}`],
      roles: read[`TILL_JWT_ROLES${suffix}`],
    },
  ];
}
