/** What panels and variables of every board have in common. */
import { VariableRefresh } from "@grafana/schema";

const datasource = { type: "prometheus", uid: "${datasource}" };

export type Place = Record<"w" | "h" | "x" | "y", number>;

export function shown(type: string, title: string, gridPos: Place) {
  return { type, title, gridPos, ...(type !== "text" && type !== "row" && { datasource }) };
}

export function query(expr: string, legendFormat: string, refId = "A") {
  return { refId, expr, legendFormat };
}

export const dataSources = {
  ...{ name: "datasource", label: "Data source", type: "datasource" as const, query: "prometheus" },
};

export function variable(name: string, definition: string) {
  return {
    ...{ name, type: "query" as const, definition, query: { query: definition, refId: name } },
    datasource,
    ...{
      includeAll: true,
      multi: true,
      allValue: ".*",
      refresh: VariableRefresh.onTimeRangeChanged,
    },
    current: { selected: true, text: "All", value: "$__all" },
  };
}
