import eslint from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Importing another service's inside, or a driver outside its one home, is an error. */
const onlyIn = (home, names, why) => ({
  files: ["**/*.ts"],
  ignores: home,
  rules: {
    "no-restricted-imports": ["error", { paths: names.map((name) => ({ name, message: why })) }],
  },
});

/** The beginning of a statement, as a selector's regular expression. */
const sql = String.raw`/^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s)/`;

export default defineConfig(
  { ignores: ["packages/gen/src/**", "packages/client/dist/**", ".till/**"] },
  eslint.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-definitions": ["error", "type"],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "config.ts alone reads the environment" },
      ],
      eqeqeq: "error",
    },
  },
  {
    files: ["services/{order,payment,webhook}/src/**/*.ts"],
    ignores: ["services/*/src/store/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: `:matches(Literal[value=${sql}], TemplateElement[value.raw=${sql}])`,
          message: "SQL is in store/ alone",
        },
      ],
    },
  },
  onlyIn(["packages/events/**"], ["kafkajs"], "kafkajs is known to packages/events alone"),
  {
    files: [
      "**/config.ts",
      "packages/config/**",
      "test/**",
      "**/*.test.ts",
      "services/*/test/**",
      "deploy/**",
    ],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["**/*.test.ts", "services/*/test/**", "packages/*/test/**", "test/**"],
    rules: { "@typescript-eslint/no-unused-expressions": "off" },
  },
  {
    files: ["services/order/src/rules/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              // errors.ts alone takes the gRPC codes.
              regex:
                "^(?!@till/(money|ids|contracts|rpc/errors|rpc/request-key)(/|$)|@connectrpc/connect$|\\./)",
              message: "rules are pure: they import money, errors, contracts and each other",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["services/payment/src/rules/payment.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^(?!@till/money$|@till/rpc/request-key$|\\./errors\\.ts$)",
              message: "the rules import only money and errors",
            },
          ],
        },
      ],
    },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
