import type { z } from "zod";
import { insecureVariables } from "./insecure.ts";

/** What the environment lacks or has wrong: one line a variable, and never a value, for it may be a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(["the configuration is not usable:", ...problems].join("\n  "));
    this.problems = problems;
  }
}

/**
 * The variables that the schema names, typed; an empty variable counts as absent. Throws a ConfigError that
 * names all of those missing or wrong, and in production those that are for development. A `.describe()` on a variable
 * becomes part of its line.
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>> = process.env,
): z.output<Schema> {
  const names = Object.keys(schema.shape);
  const given = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const { success, data, error } = schema.safeParse(given);
  const insecure = insecureVariables(schema, env);
  if (success && insecure.length === 0) return data;
  const problems = (error?.issues ?? []).map(({ path: [name], message }) =>
    name === undefined ? message : problemOf(String(name), message, schema, given),
  );
  const insecureProblems = insecure.map((name) => problemOf(name, forDevelopment, schema, given));
  const hint = insecure.length > 0 ? [insecureHint] : [];
  throw new ConfigError([...new Set([...problems, ...insecureProblems]), ...hint]);
}

const forDevelopment = "this is for development alone, and known to all";
const insecureHint =
  "NODE_ENV is production: TILL_INSECURE=on starts with what is for development, for a trial without real money";

function problemOf(
  name: string,
  message: string,
  schema: z.ZodObject,
  given: Record<string, string>,
): string {
  const value = given[name];
  if (value === undefined) return `${name} is missing${purpose(schema, name)}`;
  // Zod's own messages never quote the input, but one written for a schema might.
  const expected = value.length > 3 && message.includes(value) ? "not what is expected here" : message;
  return `${name}: ${expected}${purpose(schema, name)}`;
}

function purpose(schema: z.ZodObject, name: string): string {
  const description = (schema.shape[name] as z.ZodType | undefined)?.description;
  return description === undefined ? "" : ` (${description})`;
}
