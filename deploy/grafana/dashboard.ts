import { LegendDisplayMode, VizLegendOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import { DashboardBuilder, RowBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { rows } from "./panels.ts";

const letters = "ABCDEF";

/** The dashboard as Grafana imports it. `npm run docs` writes it to till.json. */
export function dashboardJson(): string {
  const dashboard = new DashboardBuilder("Till").uid("till").tags(["till"]).refresh("30s");
  dashboard.time({ from: "now-6h", to: "now" });
  for (const [row, panels] of Object.entries(rows)) {
    dashboard.withRow(new RowBuilder(row));
    for (const { title, unit, curves } of panels) {
      const panel = new PanelBuilder().title(title).unit(unit).span(8).height(8);
      panel.legend(new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List));
      for (const [index, { query, legend }] of curves.entries())
        panel.withTarget(new DataqueryBuilder().refId(letters[index]!).expr(query).legendFormat(legend));
      dashboard.withPanel(panel);
    }
  }
  return `${JSON.stringify(dashboard.build(), undefined, 2)}\n`;
}
