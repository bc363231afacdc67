/** A dashboard for Datadog: where every loop is, what is denied, and whether Pahlevan works. */

/** By which `pahlevan datadog apply` knows it again: a list of dashboards has no tags. */
export const boardMarker = "uid:pahlevan-loop";
const filter = "$cluster,$namespace,$workload,$policy";
const node = "$cluster";

export function datadogBoard() {
  return {
    title: "Pahlevan: the loop",
    description: `Where each policy is with each workload, and what it denies. Written by 'pahlevan datadog apply' (${boardMarker}): what is changed by hand is changed back.`,
    layout_type: "ordered",
    reflow_type: "auto",
    template_variables: ["cluster", "namespace", "workload", "policy"].map((name) => ({
      name,
      prefix: name,
      defaults: ["*"],
    })),
    widgets: [
      group("The loop", [
        toplist(
          "Where each policy is",
          `max:pahlevan.loop_state_info{${filter}} by {namespace,workload,policy,state}`,
        ),
        value("Promotions frozen (1: alerts do not reach Pahlevan)", {
          query: `max:pahlevan.loop_frozen{${node}}`,
          aggregator: "max",
        }),
        timeseries(
          "Learning, 1 is complete",
          `min:pahlevan.learning_progress_ratio{${filter}} by {workload,policy}`,
          "line",
        ),
        timeseries(
          "Instances by the mode that they are held in",
          `sum:pahlevan.policy_instances{${filter}} by {policy,mode}`,
          "area",
        ),
        timeseries(
          "Moves, and who asked for them",
          `sum:pahlevan.loop_transitions.count{${filter}} by {policy,from,to,signal}.as_count()`,
          "bars",
        ),
        ratio("From a signal to the kernel, seconds on average", {
          over: `sum:pahlevan.signal_to_kernel_seconds.sum{${node}}.as_count()`,
          under: `sum:pahlevan.signal_to_kernel_seconds.count{${node}}.as_count()`,
        }),
      ]),
      group("What policies do not allow", [
        timeseries(
          "Violations, by what was done about them",
          `sum:pahlevan.policy_violations.count{${filter}} by {policy,action}.as_count()`,
          "bars",
        ),
        timeseries(
          "Refused, by facet",
          `sum:pahlevan.enforcement_actions.count{${filter}} by {workload,facet}.as_count()`,
          "bars",
        ),
        timeseries(
          "Instances that failed, by mode",
          `sum:pahlevan.instance_failures.count{${filter}} by {workload,mode}.as_count()`,
          "bars",
        ),
        toplist(
          "Suspected attacks",
          `max:pahlevan.attack_suspected{${filter}} by {namespace,workload,policy}`,
        ),
        logs("Decisions", "source:pahlevan @evt.name:pahlevan.decision"),
      ]),
      group("Pahlevan itself", [
        {
          definition: {
            type: "check_status",
            title: "Agents",
            check: "pahlevan.agent.up",
            grouping: "cluster",
            group_by: ["host"],
            tags: ["$cluster"],
          },
        },
        timeseries(
          "Facts that were lost",
          `sum:pahlevan.records_dropped.count{${node}} by {host,kind,reason}.as_count()`,
          "bars",
        ),
        timeseries("Facts a second", `sum:pahlevan.events_per_second{${node}} by {host}`, "line"),
        timeseries(
          "Memory of the agents",
          `max:pahlevan.process_resident_memory_bytes{${node}} by {host}`,
          "line",
        ),
        logs(
          "Moves and notices",
          "source:pahlevan @evt.name:(pahlevan.loop.transition OR pahlevan.loop.notice)",
        ),
      ]),
    ],
  };
}

function group(title: string, widgets: readonly object[]) {
  return { definition: { type: "group", layout_type: "ordered", title, widgets } };
}

function timeseries(title: string, query: string, display: "line" | "bars" | "area") {
  const request = { ...asked("timeseries", { query }), display_type: display };
  return { definition: { type: "timeseries", title, show_legend: true, requests: [request] } };
}

function toplist(title: string, query: string) {
  const request = asked("scalar", { query, aggregator: "last" });
  return { definition: { type: "toplist", title, requests: [request] } };
}

function value(title: string, query: { readonly query: string; readonly aggregator: string }) {
  const definition = { type: "query_value", title, autoscale: false, precision: 2 };
  return { definition: { ...definition, requests: [asked("scalar", query)] } };
}

function ratio(title: string, { over, under }: { readonly over: string; readonly under: string }) {
  const queries = [
    { data_source: "metrics", name: "over", query: over },
    { data_source: "metrics", name: "under", query: under },
  ];
  const request = {
    response_format: "timeseries",
    queries,
    formulas: [{ formula: "over / under" }],
    display_type: "line",
  };
  return { definition: { type: "timeseries", title, requests: [request] } };
}

function asked(format: "timeseries" | "scalar", query: object) {
  return {
    response_format: format,
    queries: [{ data_source: "metrics", name: "query", ...query }],
    formulas: [{ formula: "query" }],
  };
}

function logs(title: string, query: string) {
  const columns = ["status_line", "timestamp", "host", "content"];
  return {
    definition: {
      type: "list_stream",
      title,
      requests: [
        {
          response_format: "event_list",
          query: { data_source: "logs_stream", query_string: query, indexes: [] },
          columns: columns.map((field) => ({ field, width: "auto" })),
        },
      ],
    },
  };
}
