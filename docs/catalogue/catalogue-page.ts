import {
  operationHtml,
  operationsOf,
  schemaHtml,
  text,
} from "../../services/gateway/src/openapi/openapi-html.ts";
import type { OpenApi } from "../../services/gateway/src/openapi/openapi.ts";
import type { AsyncApi } from "../contracts/describe-events.ts";
import type { DataContract } from "../contracts/order-contract.ts";
import { dataContractHtml } from "./data-contract-html.ts";
import { eventsHtml } from "./events-html.ts";

type Catalogue = {
  readonly orderApi: OpenApi;
  readonly orderEvents: AsyncApi;
  readonly orderData: DataContract;
  readonly paymentApi: OpenApi;
  readonly paymentEvents: AsyncApi;
};

/** A contract on the page: its file, what it is, its parts by anchor, and its HTML. */
type Part = {
  readonly file: string;
  readonly title: string;
  readonly format: string;
  readonly about: string;
  readonly entries: readonly (readonly [anchor: string, html: string])[];
  readonly html: string;
};

/** Every contract on one page to read: no script, and nothing from another server. */
export function cataloguePage(catalogue: Catalogue): string {
  const parts = [
    api("order-api", catalogue.orderApi),
    events("order-events", catalogue.orderEvents),
    data("order-contract", catalogue.orderData),
    api("payment-api", catalogue.paymentApi),
    events("payment-events", catalogue.paymentEvents),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Till: contracts</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<nav aria-label="Contracts"><h1>Till: contracts</h1>
${parts.map(navigation).join("\n")}
</nav>
<main>
${parts.map(section).join("\n")}
</main>
</body>
</html>
`;
}

function navigation({ file, title, format, entries }: Part): string {
  const items = entries.map(([anchor, html]) => `<li><a href="#${anchor}">${html}</a></li>`).join("\n");
  return `<details open><summary><a href="#${file}">${text(title)}</a> <small>${format}</small></summary><ul>${items}</ul></details>`;
}

function section({ file, title, format, about, html }: Part): string {
  return `<section id="${file}"><header><h2>${text(title)}</h2>
<p>${prose(about)}</p><p><small>${format}: <a href="/${file}.yaml">${file}.yaml</a></small></p></header>
${html}
</section>`;
}

/** Text in which code stands in backticks. */
function prose(given: string): string {
  return text(given).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function api(file: string, contract: OpenApi): Part {
  const { info, components } = contract;
  const { title, description } = info as { readonly title: string; readonly description: string };
  const of = `${file}-`;
  const operations = operationsOf(contract);
  const schemas = Object.entries(components.schemas);
  return {
    ...{ file, title, about: description, format: "OpenAPI 3.0.3" },
    entries: operations.map(({ method, path, operation }) => [
      `${of}${operation.operationId}`,
      `<b>${method}</b> ${text(path)}`,
    ]),
    html: [
      ...operations.map((operation) => operationHtml(operation, of)),
      `<h3>Schemas</h3>`,
      ...schemas.map((schema) => schemaHtml(schema, of)),
    ].join("\n"),
  };
}

function events(file: string, contract: AsyncApi): Part {
  const { title, description } = contract.info;
  const of = `${file}-`;
  return {
    ...{ file, title, about: description, format: "AsyncAPI 2.6" },
    entries: Object.keys(contract.components.messages).map((type) => [`${of}${type}`, text(type)]),
    html: eventsHtml(contract, of),
  };
}

function data(file: string, contract: DataContract): Part {
  const of = `${file}-`;
  const tables = contract.schema.map(({ name }) => [`${of}${name}`, text(name)] as const);
  return {
    ...{ file, title: "Till: data of orders", format: "ODCS 3.1.0" },
    about: Object.values(contract.description).join(" "),
    entries: [...tables, [`${of}quality`, "quality"], [`${of}levels`, "service levels"]],
    html: dataContractHtml(contract, of),
  };
}
