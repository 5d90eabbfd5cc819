import { STATUS_CODES } from "node:http";
import { reasonsByStatus } from "../http/problem-status.ts";
import type { OpenApi, Operation, Schema } from "./openapi.ts";

/** Renders the description as a page to read: no script, and nothing from another server. */
export function docsPage({ info, tags, paths, components }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, ofPath]) =>
    Object.entries(ofPath).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const { title, description } = info as { readonly title: string; readonly description: string };
  const sections = (tags as readonly { name: string; description: string }[]).map((tag) => {
    const ofTag = operations.filter(({ operation }) => operation.tags[0] === tag.name);
    return [
      `<section><h2 id="${slug(tag.name)}">${text(tag.name)}</h2><p>${text(tag.description)}</p>`,
      ...ofTag.map(operationHtml),
      "</section>",
    ].join("\n");
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}: REST</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header><h1>${text(title)}</h1><p>${text(description)}</p>
<p>The description itself is <a href="/openapi.json">openapi.json</a>.</p></header>
<nav><ul>${operations.map(({ method, path, operation }) => `<li><a href="#${operation.operationId}"><b>${method}</b> ${text(path)}</a></li>`).join("\n")}
<li><a href="#reasons">Reasons of failures</a></li><li><a href="#schemas">Schemas</a></li></ul></nav>
<main>
${sections.join("\n")}
${reasonsHtml()}
<section><h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas).map(schemaHtml).join("\n")}
</section>
</main>
</body>
</html>
`;
}

type Described = { readonly method: string; readonly path: string; readonly operation: Operation };

function operationHtml({ method, path, operation }: Described): string {
  const { operationId, description, parameters, requestBody, responses } = operation;
  const body = requestBody as { readonly content: { "application/json": { schema: Schema } } } | undefined;
  return [
    `<article id="${operationId}"><h3><b>${method}</b> <code>${text(path)}</code></h3><p>${text(description)}</p>`,
    parameters.length > 0 ? table(["parameter", "in", "what"], parameters.map(parameterRow)) : "",
    body ? `<p>Body: ${typeHtml(body.content["application/json"].schema)}</p>` : "",
    table(
      ["status", "what"],
      Object.entries(responses).map(([status, response]) => [
        text(status),
        `${text(response.description)} ${contentHtml(response)}`,
      ]),
    ),
    "</article>",
  ].join("\n");
}

function parameterRow({ name, in: place, required, description, schema }: Operation["parameters"][number]) {
  const what = [typeHtml(schema), required ? "required" : "", text(description ?? "")];
  return [`<code>${text(name)}</code>`, place, what.filter((part) => part !== "").join(", ")];
}

function contentHtml({ content }: Readonly<Record<string, unknown>>): string {
  const schemas = Object.values((content ?? {}) as Readonly<Record<string, { readonly schema: Schema }>>);
  return schemas.map(({ schema }) => typeHtml(schema)).join(", ");
}

function schemaHtml([name, schema]: [string, Schema]): string {
  const rows = Object.entries(schema.properties ?? {}).map(([field, type]) => [
    `<code>${text(field)}</code>`,
    `${typeHtml(type)}${schema.required?.includes(field) ? "" : ", optional"}`,
    text(type.description ?? ""),
  ]);
  const body = rows.length > 0 ? table(["field", "type", ""], rows) : `<p>${typeHtml(schema)}</p>`;
  return `<article id="schema-${name}"><h3>${text(name)}</h3>${body}</article>`;
}

function typeHtml(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace(/^.*\//, "");
    return `<a href="#schema-${name}">${text(name)}</a>`;
  }
  if (schema.items) return `list of ${typeHtml(schema.items)}`;
  if (schema.enum) return schema.enum.map((value) => `<code>${text(value)}</code>`).join(" ");
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length > 0)
    return `object of ${fields.map(([name, type]) => `<code>${text(name)}</code> ${typeHtml(type)}`).join("; ")}`;
  const format = schema["format"];
  return text(typeof format === "string" ? `${schema.type ?? "any"} (${format})` : (schema.type ?? "any"));
}

/** A problem's `type` is a link to its reason here. */
function reasonsHtml(): string {
  const rows = Object.entries(reasonsByStatus).flatMap(([status, reasons]) =>
    reasons.map((reason) => [
      `<code id="${reason}">${reason}</code>`,
      `${status} ${text(STATUS_CODES[status] ?? "Client Closed Request")}`,
    ]),
  );
  return `<section><h2 id="reasons">Reasons of failures</h2>${table(["reason", "status"], rows)}</section>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${cell}</${tag}>`).join("");
  return `<table><thead><tr>${cells("th", head)}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells("td", row)}</tr>`)
    .join("\n")}</tbody></table>`;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function text(given: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return given.replaceAll(/[&<>"]/g, (character) => entities[character]!);
}
