import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { parse } from "yaml";
import type { OpenApi } from "../../services/gateway/src/openapi/openapi.ts";
import type { AsyncApi } from "../contracts/describe-events.ts";
import type { DataContract } from "../contracts/order-contract.ts";
import { cataloguePage } from "./catalogue-page.ts";
import { catalogueStyle } from "./catalogue-style.ts";

/** The contracts in the order of the page. */
const files = [
  "order/contracts/order-api.yaml",
  "order/contracts/order-events.yaml",
  "order/contracts/order-contract.yaml",
  "payment/contracts/payment-api.yaml",
  "payment/contracts/payment-events.yaml",
];

type RunningCatalogue = { readonly url: string; close(): Promise<void> };

/** Serves the contracts on loopback: as a page, and each file under its name. Files are read at each request. */
export async function startCatalogue({ port }: { readonly port: number }): Promise<RunningCatalogue> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://catalogue").pathname;
    if (request.method !== "GET" && request.method !== "HEAD") {
      send(response, 405, "text/plain", "only GET\n");
      return;
    }
    respond(path, response).catch((error: unknown) => {
      console.error(error);
      send(response, 500, "text/plain", `${String(error)}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(path: string, response: ServerResponse): Promise<void> {
  const file = files.find((name) => path === `/${basename(name)}`);
  if (file !== undefined) send(response, 200, "text/plain", await text(file));
  else if (path === "/style.css") send(response, 200, "text/css", catalogueStyle);
  else if (path === "/") send(response, 200, "text/html", await page());
  else send(response, 404, "text/plain", "there is no such page\n");
}

async function page(): Promise<string> {
  const [orderApi, orderEvents, orderData, paymentApi, paymentEvents] = (await Promise.all(
    files.map(async (file) => parse(await text(file)) as unknown),
  )) as [OpenApi, AsyncApi, DataContract, OpenApi, AsyncApi];
  return cataloguePage({ orderApi, orderEvents, orderData, paymentApi, paymentEvents });
}

function text(file: string): Promise<string> {
  return readFile(join(import.meta.dirname, "../../services", file), "utf8");
}

/** The page loads its style from here and nothing else, and runs nothing. */
const policy = [
  ...["default-src 'none'", "style-src 'self'", "base-uri 'none'"],
  ...["form-action 'none'", "frame-ancestors 'none'"],
].join("; ");

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "cache-control": "no-store",
    "content-security-policy": policy,
    "content-type": `${type}; charset=utf-8`,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
