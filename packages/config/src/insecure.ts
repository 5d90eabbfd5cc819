import { z } from "zod";

type Env = Readonly<Record<string, string | undefined>>;

/** Whether a variable is as no system that takes money may have it; `value` is undefined where it is not set. */
type IsInsecure = (value: string | undefined, env: Env) => boolean;

const insecure = z.registry<{ readonly isInsecure: IsInsecure }>();

/** Marks what a variable is for development alone: readConfig rejects it in production. */
export function insecureWhere<Type extends z.ZodType>(type: Type, isInsecure: IsInsecure): Type {
  // A type of its own: several variables may share one, and differ in this.
  const marked = type.clone();
  insecure.add(marked, { isInsecure });
  return marked;
}

/** The variable that starts a production system with what is for development. */
export const insecureVariable = z.enum(["on", "off"]).default("off");

/** The variable of a process that is for development as a whole. */
export const requiredInsecureVariable = insecureWhere(insecureVariable, () => true);

/** A variable that names a database with its password; its default is insecure where `instead` names none either. */
export function databaseVariable<Type extends z.ZodType>(type: Type, instead?: string): Type {
  const isPublic = (url: string) => /:\/\/postgres:(postgres|till)@/.test(url);
  return insecureWhere(type, (url, env) =>
    url === undefined ? instead !== undefined && !env[instead] : isPublic(url),
  );
}

/** A variable with a secret, of which docker-compose.yml has one that is public. */
export function secretVariable<Type extends z.ZodType>(type: Type): Type {
  return insecureWhere(type, (value = "") => publicSecrets.some((secret) => value.includes(secret)));
}

const publicSecrets = ["till-sandbox-webhooks", "dGlsbCBzYW5kYm94IGtleSwgbm90IGEgc2VjcmV0ISE="];

/** The variables of a schema that are for development alone, in production; TILL_INSECURE=on allows them. */
export function insecureVariables(schema: z.ZodObject, env: Env): string[] {
  if (env["NODE_ENV"] !== "production" || env["TILL_INSECURE"] === "on") return [];
  return Object.entries(schema.shape).flatMap(([name, type]) =>
    insecure.get(type as z.ZodType)?.isInsecure(env[name] || undefined, env) ? [name] : [],
  );
}
