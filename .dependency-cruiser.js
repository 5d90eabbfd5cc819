/** What may import what. `npm run check:imports` holds it; CONTRIBUTING draws it. */

/** The floors of a service, from the ground up. An import points down or stays on its floor. */
const floors = [
  ["rules"],
  ["provider", "receivers", "upstreams", "config.ts", "telemetry.ts", "orders-gauge.ts", "proto"],
  ["store"],
  ["sync", "methods", "queries", "audit"],
  [
    ...[
      "checkout",
      "pricing",
      "payments",
      "cancellation",
      "refunds",
      "bookings",
      "stock",
      "fulfilment",
      "verify",
      "erasure",
      "jobs",
    ],
    ...["charge", "operations", "order-events"],
    ...["endpoints", "deliveries"],
  ],
  ["recovery", "reconciliation", "webhooks", "sending"],
  ["main.ts", "start.ts", "routes.ts", "consumers.ts"],
];

/** The floors of the gateway. */
const gatewayFloors = [
  ["config.ts", "errors.ts", "telemetry.ts", "upstreams"],
  ["http"],
  ["rpc", "rest", "console"],
  ["openapi"],
  ["main.ts", "start.ts"],
];

const service = "^services/(order|payment|webhook)/src";
const gateway = "^services/gateway/src";
const at = (places, within = service) => `${within}/(${places.join("|").replaceAll(".", "\\.")})(/|$)`;

const importsPointDown = (floors, within) =>
  floors.slice(0, -1).map((places, floor) => ({
    name: `no-import-up-from-${within === gateway ? "gateway-" : ""}${places[0].replace(".ts", "")}`,
    comment: "An import between the floors of a service points down.",
    severity: "error",
    from: { path: at(places, within) },
    to: { path: at(floors.slice(floor + 1).flat(), within) },
  }));

export default {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    ...importsPointDown(floors, service),
    ...importsPointDown(gatewayFloors, gateway),
    {
      name: "rules-are-pure",
      comment: "Rules know money, errors, contracts and each other: no clock, no database, no wire.",
      severity: "error",
      from: { path: at(["rules"]) },
      to: {
        pathNot: [at(["rules"]), "^packages/(money|contracts)/", "^packages/rpc/src/(errors|request-key)"],
      },
    },
    {
      name: "only-the-store-has-sql",
      comment:
        "Statements and repositories are in store/; other files hand the database on, and know no SQL.",
      severity: "error",
      from: { path: service, pathNot: at(["store"]) },
      to: {
        path: ["^packages/postgres/src/(statements|updates)\\.ts", "^node_modules/(pg|typeorm)/"],
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "every-file-has-a-floor",
      comment: "A new folder of a service gets its floor in .dependency-cruiser.js.",
      severity: "error",
      from: {
        path: [service, gateway],
        pathNot: [
          ...floors.map((places) => at(places)),
          ...gatewayFloors.map((places) => at(places, gateway)),
        ],
      },
      to: {},
    },
    {
      name: "packages-know-no-service",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^services/" },
    },
    {
      name: "services-know-no-other-service",
      comment:
        "Services meet on the wire. Only services/local, which runs them all on a laptop, imports them.",
      severity: "error",
      from: { path: "^services/([^/]+)/", pathNot: "^services/local/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "production-knows-no-embedded-postgres",
      severity: "error",
      from: { path: "^(packages|services)/", pathNot: "^(packages/embedded-postgres|services/local)/" },
      to: { path: "^packages/embedded-postgres/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: {
      path: [
        "\\.test\\.ts$",
        "^packages/(gen|client/dist)/",
        "^services/[^/]+/test/",
        "^packages/[^/]+/test/",
      ],
    },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
  },
};
