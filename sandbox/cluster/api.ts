import { Agent, type RequestOptions, request } from "node:https";
import type { KubernetesObject } from "../../lib/runtime/manifest";
import type { Connection } from "./connection";
import type { PatchOperation } from "./requests";

/** An object's kind, and which one it is. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** @default "default" for kinds that live in namespaces */
  readonly namespace?: string;
}

/** A refusal of the API server, in its own words. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: number,
    /** Such as "NotFound" or "Conflict". */
    readonly reason: string,
    message: string,
    readonly causes: readonly { readonly message?: string; readonly field?: string }[] = [],
  ) {
    super(message);
  }
}

/** A kind of objects, as the API server lists it. */
interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** As whom the real provider comes: the API server keeps the first word as the manager of what it has set. */
const USER_AGENT = "HashiCorp/1.0 Terraform/1.11.4";

/** How long the API server may take for an answer, in milliseconds. */
const TIMEOUT = 30_000;

/** The API server of a cluster on this machine. */
export class KubernetesApi {
  private readonly agent: Agent;
  private readonly resources = new Map<string, readonly ApiResource[]>();

  constructor(private readonly connection: Connection) {
    const { authority, certificate, key, insecure } = connection;
    this.agent = new Agent({ keepAlive: true, ca: authority, cert: certificate, key, rejectUnauthorized: !insecure });
  }

  /** Version of the server, such as "v1.35.4". */
  async version(): Promise<string> {
    return String((await this.send("GET", "/version")).gitVersion);
  }

  /** An object, or nothing when there is none. */
  async get(reference: ObjectReference): Promise<KubernetesObject | undefined> {
    try {
      return (await this.send("GET", await this.pathOf(reference))) as KubernetesObject;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404 && error.reason === "NotFound") return undefined;
      throw error;
    }
  }

  /** The objects of a kind in a namespace that a selector of labels chooses; all of them without one. */
  async list({ apiVersion, kind, namespace }: Omit<ObjectReference, "name">, selector?: string) {
    const path = await this.pathOf({ apiVersion, kind, namespace, name: "" });
    const query = selector === undefined ? "" : `?${new URLSearchParams({ labelSelector: selector })}`;
    const { items } = await this.send("GET", `${path.replace(/\/$/, "")}${query}`);
    // The items of a list do not repeat what they are.
    return (items as KubernetesObject[]).map((item) => ({ ...item, apiVersion, kind }));
  }

  /** Makes an object. */
  async create(object: KubernetesObject): Promise<KubernetesObject> {
    const path = await this.pathOf(referenceTo(object));
    return (await this.send("POST", path.slice(0, path.lastIndexOf("/")), object)) as KubernetesObject;
  }

  /** Puts a whole object in the place of one. */
  async replace(object: KubernetesObject): Promise<KubernetesObject> {
    return (await this.send("PUT", await this.pathOf(referenceTo(object)), object)) as KubernetesObject;
  }

  async patch(reference: ObjectReference, operations: readonly PatchOperation[]): Promise<KubernetesObject> {
    const path = await this.pathOf(reference);
    return (await this.send("PATCH", path, operations, "application/json-patch+json")) as KubernetesObject;
  }

  /**
   * Makes or changes an object by server-side apply; a field that the server does not know is refused.
   *
   * @param manager who owns the fields from now on
   * @param force whether fields that others own with other values are taken over
   * @throws ApiError with the reason "Conflict" when they are not
   * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
   */
  async apply(object: KubernetesObject, manager: string, force: boolean): Promise<KubernetesObject> {
    const path = await this.pathOf(referenceTo(object));
    const query = new URLSearchParams({ fieldManager: manager, fieldValidation: "Strict", force: String(force) });
    const type = "application/apply-patch+yaml";
    return (await this.send("PATCH", `${path}?${query}`, object, type)) as KubernetesObject;
  }

  /**
   * Begins to remove an object; there may be none.
   *
   * @param propagation what becomes of its dependents, by default what is usual for the kind
   */
  async delete(reference: ObjectReference, propagation?: "Foreground" | "Background"): Promise<void> {
    try {
      await this.send("DELETE", await this.pathOf(reference), {
        kind: "DeleteOptions",
        apiVersion: reference.apiVersion,
        ...(propagation !== undefined && { propagationPolicy: propagation }),
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }

  /** Whether objects of a kind live in namespaces. */
  async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
    return (await this.resource(apiVersion, kind)).namespaced;
  }

  /** What the API server calls a kind in its messages, such as `deployments.apps`. */
  async nameOf(apiVersion: string, kind: string): Promise<string> {
    const { name } = await this.resource(apiVersion, kind);
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
    return `${name}${group}`;
  }

  close(): void {
    this.agent.destroy();
  }

  private async pathOf({ apiVersion, kind, name, namespace = "default" }: ObjectReference): Promise<string> {
    const resource = await this.resource(apiVersion, kind);
    const place = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    // The name of one that is to be made may be the API server's to choose.
    return `${groupPath(apiVersion)}${place}/${resource.name}/${encodeURIComponent(name ?? "")}`;
  }

  private async resource(apiVersion: string, kind: string): Promise<ApiResource> {
    const find = () => this.resources.get(apiVersion)?.find((one) => one.kind === kind && !one.name.includes("/"));
    // Kinds may be added while the cluster runs.
    if (find() === undefined) this.resources.set(apiVersion, await this.listResources(apiVersion));
    const found = find();
    if (found !== undefined) return found;
    throw new ApiError(404, "NoMatch", `no matches for kind "${kind}" in version "${apiVersion}"`);
  }

  private async listResources(apiVersion: string): Promise<readonly ApiResource[]> {
    try {
      return ((await this.send("GET", groupPath(apiVersion))).resources ?? []) as ApiResource[];
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return [];
      throw error;
    }
  }

  /** Sends one request. */
  protected async send(
    method: string,
    path: string,
    body?: object,
    type = "application/json",
  ): Promise<Record<string, unknown>> {
    const { server, token } = this.connection;
    const text = body && JSON.stringify(body);
    const { status, content } = await exchange(new URL(path, server), text, {
      method,
      agent: this.agent,
      timeout: TIMEOUT,
      headers: {
        accept: "application/json",
        "user-agent": USER_AGENT,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(text) }),
      },
    });
    const answer = parseJson(content);
    if (status < 300) return answer;
    const details = answer.details as { causes?: [] } | undefined;
    const message =
      typeof answer.message === "string" ? answer.message : `the API server answered ${status}: ${content}`;
    throw new ApiError(status, String(answer.reason ?? ""), message, details?.causes);
  }
}

function referenceTo({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): ObjectReference {
  return { apiVersion, kind, name, namespace };
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function exchange(url: URL, body: string | undefined, options: RequestOptions) {
  return new Promise<{ status: number; content: string }>((resolve, reject) => {
    const call = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, content: Buffer.concat(chunks).toString() }),
      );
    });
    call.on("timeout", () => call.destroy(new Error(`no answer in ${TIMEOUT / 1000} s`)));
    call.on("error", (error) =>
      reject(new ApiError(0, "Unreachable", `the API server ${url.origin}: ${error.message}`)),
    );
    call.end(body);
  });
}
