import type { Schema } from "./json-schemas.ts";
import type { OpenApi } from "./openapi.ts";
import type { Operation } from "./operation.ts";

/** An operation of a description with its path, and its method in upper case. */
type Described = { readonly method: string; readonly path: string; readonly operation: Operation };

/** Every operation of a description. */
export function operationsOf({ paths }: Pick<OpenApi, "paths">): Described[] {
  return Object.entries(paths).flatMap(([path, ofPath]) =>
    Object.entries(ofPath).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/**
 * An operation as an article to read. Schemas are linked to by name: `#<of>schema-<name>`, where `of` tells the schemas of
 * several descriptions on one page apart.
 */
export function operationHtml({ method, path, operation }: Described, of = ""): string {
  const { operationId, description, parameters, requestBody, responses } = operation;
  const body = requestBody as { readonly content: { "application/json": { schema: Schema } } } | undefined;
  return [
    `<article id="${of}${operationId}"><h3><b>${method}</b> <code>${text(path)}</code></h3><p>${text(description)}</p>`,
    parameters.length > 0
      ? table(
          ["parameter", "in", "what"],
          parameters.map((parameter) => parameterRow(parameter, of)),
        )
      : "",
    body ? `<p>Body: ${typeHtml(body.content["application/json"].schema, of)}</p>` : "",
    table(
      ["status", "what"],
      Object.entries(responses).map(([status, response]) => [
        text(status),
        `${text(response.description)} ${contentHtml(response, of)}`,
      ]),
    ),
    "</article>",
  ].join("\n");
}

function parameterRow(
  { name, in: place, required, description, schema }: Operation["parameters"][number],
  of: string,
) {
  const what = [typeHtml(schema, of), required ? "required" : "", text(description ?? "")];
  return [`<code>${text(name)}</code>`, place, what.filter((part) => part !== "").join(", ")];
}

function contentHtml({ content }: Readonly<Record<string, unknown>>, of: string): string {
  const schemas = Object.values((content ?? {}) as Readonly<Record<string, { readonly schema: Schema }>>);
  return schemas.map(({ schema }) => typeHtml(schema, of)).join(", ");
}

/** A named schema as an article to read. */
export function schemaHtml([name, schema]: [string, Schema], of = ""): string {
  const rows = Object.entries(schema.properties ?? {}).map(([field, type]) => [
    `<code>${text(field)}</code>`,
    `${typeHtml(type, of)}${schema.required?.includes(field) ? "" : ", optional"}`,
    text(type.description ?? ""),
  ]);
  const body = rows.length > 0 ? table(["field", "type", ""], rows) : `<p>${typeHtml(schema, of)}</p>`;
  return `<article id="${of}schema-${name}"><h3>${text(name)}</h3>${body}</article>`;
}

function typeHtml(schema: Schema, of: string): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace(/^.*\//, "");
    return `<a href="#${of}schema-${name}">${text(name)}</a>`;
  }
  if (schema.items) return `list of ${typeHtml(schema.items, of)}`;
  if (schema.enum) return schema.enum.map((value) => `<code>${text(value)}</code>`).join(" ");
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length > 0)
    return `object of ${fields.map(([name, type]) => `<code>${text(name)}</code> ${typeHtml(type, of)}`).join("; ")}`;
  const format = schema["format"];
  return text(typeof format === "string" ? `${schema.type ?? "any"} (${format})` : (schema.type ?? "any"));
}

/** A table; its cells are HTML. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${cell}</${tag}>`).join("");
  return `<table><thead><tr>${cells("th", head)}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells("td", row)}</tr>`)
    .join("\n")}</tbody></table>`;
}

/** Text, with what HTML would read as markup escaped. */
export function text(given: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return given.replaceAll(/[&<>"]/g, (character) => entities[character]!);
}
