import { expect } from "chai";
import { z } from "zod";
import { ConfigError, readConfig } from "./read-config.ts";

const schema = z.object({
  TILL_PORT: z.coerce.number().int().min(0).max(65_535).default(50_051),
  TILL_REFLECTION: z.enum(["on", "off"]).default("on"),
  DATABASE_URL: z.url({ protocol: /^postgres$/ }).describe("postgres://user:password@host/database"),
  REDIS_URL: z.string().optional(),
  TILL_PSP_KEY: z.string().min(20).describe("the payment provider's secret key"),
});

const complete = {
  DATABASE_URL: "postgres://till:till@127.0.0.1/till",
  TILL_PSP_KEY: "sk_0123456789abcdef0123456789",
};

describe("configuration", () => {
  it("reads what is set, fills in local defaults and leaves the rest of the environment alone", () => {
    expect(readConfig(schema, { ...complete, TILL_PORT: "6000", HOME: "/root" })).to.deep.equal({
      ...complete,
      TILL_PORT: 6000,
      TILL_REFLECTION: "on",
    });
  });

  it("treats an empty variable as one that is not set", () => {
    const config = readConfig(schema, { ...complete, TILL_PORT: "", REDIS_URL: "" });
    expect(config.TILL_PORT).to.equal(50_051);
    expect(config.REDIS_URL).to.equal(undefined);
    expect(problemsOf({ ...complete, DATABASE_URL: "" })).to.have.length(1);
  });

  it("names every missing and every wrong variable, one a line, with what was expected", () => {
    const problems = problemsOf({ TILL_PORT: "seventy", TILL_REFLECTION: "maybe", TILL_PSP_KEY: "short" });
    expect(problems).to.have.length(4);
    expect(problems[0]).to.match(/^TILL_PORT: .*number/);
    expect(problems[1]).to.match(/^TILL_REFLECTION: .*"on".*"off"/);
    expect(problems[2]).to.equal("DATABASE_URL is missing (postgres://user:password@host/database)");
    expect(problems[3]).to.match(/^TILL_PSP_KEY: .*20.*\(the payment provider's secret key\)$/);
  });

  it("never shows a value, whatever is wrong with it", () => {
    const leaky = schema.extend({
      TILL_TOKEN: z.string().refine(() => false, { error: (issue) => `${String(issue.input)} is no good` }),
    });
    const env = { DATABASE_URL: "mysql://u:hunter2@h/d", TILL_PSP_KEY: "sk_hunter2", TILL_TOKEN: "hunter2" };
    expect(() => readConfig(leaky, env))
      .to.throw(ConfigError)
      .that.satisfies((error: ConfigError) => !`${error.stack}${JSON.stringify(error)}`.includes("hunter2"));
  });

  it("reports a rule that spans variables once", () => {
    const pair = z
      .object({ A: z.string().optional(), B: z.string().optional() })
      .refine(({ A, B }) => (A === undefined) === (B === undefined), { error: "A and B go together" });
    expect(() => readConfig(pair, { A: "1" })).to.throw(
      ConfigError,
      /^the configuration .*:\n {2}A and B go together$/,
    );
  });
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
