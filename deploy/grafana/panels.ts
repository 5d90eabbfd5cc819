/** One curve or several, by a label: its query, and how each is named. */
type Curve = { readonly query: string; readonly legend: string };

type PanelOf = {
  readonly title: string;
  /** A unit of Grafana: "reqps", "s", "percentunit", "short", "bytes". */
  readonly unit: string;
  readonly curves: readonly Curve[];
};

/** The dashboard: its rows, and what each shows. */
export const rows: Readonly<Record<string, readonly PanelOf[]>> = {
  Orders: [
    panel("Orders created", "reqps", ["sum(rate(order_create_total[$__rate_interval]))", "orders"]),
    panel("Orders by status", "short", ["max by (status) (orders)", "{{status}}"]),
    panel("Transitions", "reqps", [
      "sum by (to) (rate(order_transition_total[$__rate_interval]))",
      "to {{to}}",
    ]),
    panel("Average order value", "short", [
      "sum by (currency) (increase(order_value_sum[1h])) / sum by (currency) (increase(order_value_count[1h]))",
      "{{currency}}",
    ]),
  ],
  Payments: [
    panel("Attempts by outcome", "reqps", [
      "sum by (outcome) (rate(payment_attempt_total[$__rate_interval]))",
      "{{outcome}}",
    ]),
    panel("Share of attempts that fail", "percentunit", [
      '(sum(rate(payment_attempt_total{outcome=~"declined|unknown|unsent"}[15m])) or vector(0)) / sum(rate(payment_attempt_total[15m]))',
      "failed",
    ]),
    panel(
      "Calls to the provider",
      "s",
      ...quantiles("sum by (le) (rate(payment_provider_seconds_bucket[$__rate_interval]))"),
    ),
  ],
  Calls: [
    panel("Calls by method", "reqps", [
      "sum by (method) (rate(grpc_server_handling_seconds_count[$__rate_interval]))",
      "{{method}}",
    ]),
    panel("Calls by code", "reqps", [
      "sum by (code) (rate(grpc_server_handling_seconds_count[$__rate_interval]))",
      "{{code}}",
    ]),
    panel(
      "CreateOrder",
      "s",
      ...quantiles(
        'sum by (le) (rate(grpc_server_handling_seconds_bucket{method="till.order.v1.OrderService/CreateOrder"}[$__rate_interval]))',
      ),
    ),
    panel(
      "ProcessPayment",
      "s",
      ...quantiles(
        'sum by (le) (rate(grpc_server_handling_seconds_bucket{method="till.payment.v1.PaymentService/ProcessPayment"}[$__rate_interval]))',
      ),
    ),
    panel("Upstream calls by method and code", "reqps", [
      "sum by (method, code) (rate(grpc_client_handling_seconds_count[$__rate_interval]))",
      "{{method}} {{code}}",
    ]),
    panel("HTTP by route and status", "reqps", [
      "sum by (route, status) (rate(http_server_request_seconds_count[$__rate_interval]))",
      "{{status}} {{route}}",
    ]),
  ],
  Events: [
    panel("Events published", "reqps", [
      "sum by (service) (rate(events_published_total[$__rate_interval]))",
      "{{service}}",
    ]),
    panel("From commit to handled", "s", [
      "histogram_quantile(0.99, sum by (le, group) (rate(event_delivery_seconds_bucket[$__rate_interval])))",
      "{{group}} p99",
    ]),
    panel("Age of the oldest event not published", "s", [
      "max by (service) (outbox_backlog_age_seconds)",
      "{{service}}",
    ]),
    panel("Consumers behind", "short", [
      "max by (group, topic) (consumer_lag_events)",
      "{{group}} {{topic}}",
    ]),
    panel(
      "Waiting for operators",
      "short",
      ["max by (service) (dead_letters)", "{{service}} dead letters"],
      ["max by (service) (parked_events)", "{{service}} parked"],
    ),
  ],
  Processes: [
    panel("CPU", "percentunit", [
      "sum by (service) (rate(process_cpu_seconds_total[$__rate_interval]))",
      "{{service}}",
    ]),
    panel("Memory", "bytes", ["max by (service) (process_resident_memory_bytes)", "{{service}}"]),
    panel("Event loop, p99", "s", ["max by (service) (nodejs_eventloop_lag_p99_seconds)", "{{service}}"]),
    panel("Database connections", "short", [
      "sum by (service, state) (postgres_pool_connections)",
      "{{service}} {{state}}",
    ]),
    panel("Postgres responds", "short", ["min by (service) (postgres_reachable)", "{{service}}"]),
  ],
};

function panel(
  title: string,
  unit: string,
  ...curves: readonly (readonly [query: string, legend: string])[]
): PanelOf {
  return { title, unit, curves: curves.map(([query, legend]) => ({ query, legend })) };
}

function quantiles(buckets: string): (readonly [string, string])[] {
  return [0.5, 0.95, 0.99].map((share) => [`histogram_quantile(${share}, ${buckets})`, `p${share * 100}`]);
}
