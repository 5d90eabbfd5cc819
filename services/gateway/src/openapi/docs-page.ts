import { STATUS_CODES } from "node:http";
import { reasonsByStatus } from "../http/problem-status.ts";
import { operationHtml, operationsOf, schemaHtml, table, text } from "./openapi-html.ts";
import type { OpenApi } from "./openapi.ts";

/** Renders the description as a page to read: no script, and nothing from another server. */
export function docsPage({ info, tags, paths, components }: OpenApi): string {
  const operations = operationsOf({ paths });
  const { title, description } = info as { readonly title: string; readonly description: string };
  const sections = (tags as readonly { name: string; description: string }[]).map((tag) => {
    const ofTag = operations.filter(({ operation }) => operation.tags[0] === tag.name);
    return [
      `<section><h2 id="${slug(tag.name)}">${text(tag.name)}</h2><p>${text(tag.description)}</p>`,
      ...ofTag.map((operation) => operationHtml(operation)),
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
${Object.entries(components.schemas)
  .map((schema) => schemaHtml(schema))
  .join("\n")}
</section>
</main>
</body>
</html>
`;
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

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
