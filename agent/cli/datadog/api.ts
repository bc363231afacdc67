/**
 * Datadog's API by its official client, which is loaded here and only here: it takes two seconds,
 * and 140 MB.
 */
import type * as DatadogApi from "@datadog/datadog-api-client";
import type { Kind } from "./commands.ts";
import { EnvironmentError } from "../exit.ts";
import { patientFetch } from "./patience.ts";
import { markIn, type Wanted } from "./shipped.ts";

export interface Access {
  readonly apiKey: string;
  readonly appKey: string;
  readonly site: string;
  /** Empty: the site's. */
  readonly url: string;
}

export interface Found {
  readonly id: string;
  readonly mark: string;
  /** As it is there, in the API's own words. */
  readonly json: unknown;
}

/** Of one kind of things. */
export interface Shelf {
  find(marks: ReadonlySet<string>): Promise<readonly Found[]>;
  /** Rejects with Datadog's reason. */
  validate?(wanted: Wanted): Promise<void>;
  create(wanted: Wanted): Promise<void>;
  update(id: string, wanted: Wanted): Promise<void>;
}

type Library = typeof DatadogApi;
type Configuration = ReturnType<Library["client"]["createConfiguration"]>;

export async function shelvesOf(access: Access): Promise<Record<Kind, Shelf>> {
  const library: Library = await import("@datadog/datadog-api-client");
  const logger: unknown = library.logger;
  // What fails is told once, by us.
  if (isLogger(logger)) logger.setLevel("silent");
  const { client } = library;
  const configuration = client.createConfiguration({
    authMethods: { apiKeyAuth: access.apiKey, appKeyAuth: access.appKey },
    fetch: patientFetch,
    ...(access.url !== "" && { baseServer: new client.ServerConfiguration(access.url, {}) }),
  });
  if (access.url === "") configuration.setServerVariables({ site: access.site });
  return {
    dashboards: dashboardsOf(library, configuration),
    monitors: monitorsOf(library, configuration),
    "log-pipelines": pipelinesOf(library, configuration),
  };
}

function isLogger(value: unknown): value is { setLevel(level: string): void } {
  return typeof value === "object" && value !== null && "setLevel" in value;
}

function dashboardsOf({ v1 }: Library, configuration: Configuration): Shelf {
  const api = new v1.DashboardsApi(configuration);
  const body = ({ json }: Wanted) => modelOf(v1, "Dashboard", json, v1.Dashboard);
  return {
    async find(marks) {
      const found: Found[] = [];
      for await (const { id = "", description } of api.listDashboardsWithPagination()) {
        const mark = markIn(description ?? "");
        if (!marks.has(mark)) continue;
        const whole = await api.getDashboard({ dashboardId: id });
        found.push({ id, mark, json: jsonOf(v1, "Dashboard", whole) });
      }
      return found;
    },
    async create(wanted) {
      await api.createDashboard({ body: body(wanted) });
    },
    async update(dashboardId, wanted) {
      await api.updateDashboard({ dashboardId, body: body(wanted) });
    },
  };
}

function monitorsOf({ v1 }: Library, configuration: Configuration): Shelf {
  const api = new v1.MonitorsApi(configuration);
  const body = ({ json }: Wanted) => modelOf(v1, "Monitor", json, v1.Monitor);
  return {
    async find(marks) {
      const found: Found[] = [];
      const ours = { monitorTags: "managed-by:pahlevan" };
      for await (const monitor of api.listMonitorsWithPagination(ours)) {
        const mark = markIn((monitor.tags ?? []).join(" "));
        if (!marks.has(mark)) continue;
        found.push({ id: String(monitor.id), mark, json: jsonOf(v1, "Monitor", monitor) });
      }
      return found;
    },
    async validate(wanted) {
      await api.validateMonitor({ body: body(wanted) });
    },
    async create(wanted) {
      await api.createMonitor({ body: body(wanted) });
    },
    async update(id, { json }) {
      const change = modelOf(v1, "MonitorUpdateRequest", json, v1.MonitorUpdateRequest);
      await api.updateMonitor({ monitorId: Number(id), body: change });
    },
  };
}

function pipelinesOf({ v1 }: Library, configuration: Configuration): Shelf {
  const api = new v1.LogsPipelinesApi(configuration);
  const body = ({ json }: Wanted) => modelOf(v1, "LogsPipeline", json, v1.LogsPipeline);
  return {
    async find(marks) {
      const all = await api.listLogsPipelines();
      return all.flatMap((pipeline): Found[] => {
        const { id = "", name: mark, isReadOnly = false } = pipeline;
        // Read-only: Datadog's own, for an integration.
        if (!marks.has(mark) || isReadOnly) return [];
        return [{ id, mark, json: jsonOf(v1, "LogsPipeline", pipeline) }];
      });
    },
    async create(wanted) {
      await api.createLogsPipeline({ body: body(wanted) });
    },
    async update(pipelineId, wanted) {
      await api.updateLogsPipeline({ pipelineId, body: body(wanted) });
    },
  };
}

/** Read by the model, so that what it does not know is not sent. */
function modelOf<T>(v1: Library["v1"], type: string, json: unknown, model: new () => T): T {
  const read: unknown = v1.ObjectSerializer.deserialize(json, type);
  if (!(read instanceof model)) throw new Error(`the client reads no ${type}`);
  return read;
}

function jsonOf(v1: Library["v1"], type: string, value: unknown): unknown {
  return v1.ObjectSerializer.serialize(value, type, "");
}

/** Of what the client throws, what a person can do about it. */
export function inWords(error: unknown, what: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = "code" in error ? error.code : undefined;
  if (code === 401 || code === 403)
    return new EnvironmentError(
      `Datadog refuses the keys for ${what} (${code}): is DD_API_KEY of this site, and has DD_APP_KEY the scopes? (pahlevan datadog apply --help)`,
    );
  if (code === 429)
    return new EnvironmentError(`Datadog asks for patience (429), at ${what}: try again later`);
  if (typeof code === "number")
    return new EnvironmentError(`Datadog refuses ${what} (${code}): ${reasonIn(error)}`);
  const { cause } = error;
  const because = cause instanceof Error ? ` (${cause.message})` : "";
  return new EnvironmentError(`Datadog cannot be asked, at ${what}: ${error.message}${because}`);
}

function reasonIn(error: Error): string {
  const body: unknown = "body" in error ? error.body : undefined;
  const text = typeof body === "string" ? body : JSON.stringify(body ?? error.message);
  return text.slice(0, 500);
}
