import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A repository as GitHub's API tells it. */
export interface GithubRepository {
  readonly id: number;
  readonly name: string;
  readonly private: boolean;
  readonly visibility: "public" | "private";
  readonly archived: boolean;
  readonly [field: string]: unknown;
}

/** What is asked of the server, and what it answers. */
export interface GithubCall {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** An answer of the API. */
interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly location?: string;
}

type Body = Readonly<Record<string, unknown>>;

/** A repository with what the API tells of it elsewhere. */
interface Kept {
  repository: GithubRepository;
  alerts: boolean;
  readonly rulesets: Map<number, Body>;
}

/** Where the REST API of any GitHub but github.com is. */
const REST = "/api/v3";

/** What a repository is made with where nothing is said. */
const DEFAULTS = {
  description: null,
  homepage: null,
  fork: false,
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_downloads: true,
  has_discussions: false,
  has_pages: false,
  is_template: false,
  archived: false,
  topics: [],
  default_branch: "main",
  allow_squash_merge: true,
  allow_merge_commit: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  delete_branch_on_merge: false,
  web_commit_signoff_required: false,
  squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
  squash_merge_commit_message: "COMMIT_MESSAGES",
  merge_commit_title: "MERGE_MESSAGE",
  merge_commit_message: "PR_TITLE",
};

/** What may be set of a repository; all else in a request is ignored. */
const SETTABLE = new Set([...Object.keys(DEFAULTS), "name", "private", "visibility"]);

/**
 * A GitHub of one organization, as far as repositories and their rulesets go.
 *
 * @see https://docs.github.com/en/rest/repos
 */
export class GithubServer {
  /** All calls so far. */
  readonly calls: GithubCall[] = [];
  private readonly kept: Kept[] = [];
  /** Names that repositories once had. */
  private readonly renamed = new Map<string, Kept>();
  private ids = 0;
  private server?: Server;
  private port = 0;

  /**
   * @param organization owner of all repositories
   * @param hasRulesets whether its plan has rulesets for private repositories
   */
  constructor(
    readonly organization: string,
    private readonly hasRulesets = true,
  ) {}

  async start(): Promise<void> {
    const server = createServer(async (request, response) => {
      const { method = "GET", url = "/" } = request;
      const text = (await request.setEncoding("utf8").toArray()).join("");
      const path = new URL(url, "http://github").pathname.replace(REST, "");
      const { status, body, location } = this.answer(method, path, text === "" ? {} : JSON.parse(text));
      const content = body && JSON.stringify(body);
      const etag = content && `W/"${createHash("sha256").update(content).digest("hex")}"`;
      const isKnown = method === "GET" && status === 200 && request.headers["if-none-match"] === etag;
      this.calls.push({ method, path, status: isKnown ? 304 : status });
      response.writeHead(isKnown ? 304 : status, {
        "content-type": "application/json; charset=utf-8",
        ...(etag && { etag }),
        ...(location && { location: `${this.url}${REST}${location}` }),
      });
      response.end(isKnown ? undefined : content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  stop(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  /** Makes a repository, as somebody does by hand. */
  make(settings: Body): void {
    this.create(settings);
  }

  /** Changes settings of a repository, as somebody does by hand. */
  change(name: string, settings: Body): void {
    const kept = this.find(name);
    if (kept === undefined) throw new Error(`there is no repository ${name}`);
    this.edit(kept, settings);
  }

  /** A repository by its present name. */
  repository(name: string): GithubRepository | undefined {
    return this.find(name)?.repository;
  }

  /** The rulesets of a repository. */
  rulesets(name: string): Body[] {
    return [...(this.find(name)?.rulesets.values() ?? [])];
  }

  /** Whether people are told of vulnerable dependencies. */
  alerts(name: string): boolean {
    return this.find(name)?.alerts === true;
  }

  private find(name: string): Kept | undefined {
    return this.kept.find(({ repository }) => repository.name.toLowerCase() === name.toLowerCase());
  }

  /** Answers one call. */
  answer(method: string, path: string, body: Body = {}): Answer {
    if (path === `/orgs/${this.organization}`) return { status: 200, body: { id: 1, login: this.organization } };
    if (path === `/orgs/${this.organization}/repos` && method === "POST") return this.create(body);
    const [, owner, name = "", part = "", id] =
      path.match(/^\/repos\/([^/]+)\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/) ?? [];
    const [, repositoryId] = path.match(/^\/repositories\/(\d+)$/) ?? [];
    const kept = repositoryId
      ? this.kept.find(({ repository }) => repository.id === Number(repositoryId))
      : owner === this.organization
        ? this.find(name)
        : undefined;
    if (kept === undefined) return this.moved(name, method) ?? NOT_FOUND;
    if (method !== "GET" && kept.repository.archived) return READ_ONLY;
    switch (part) {
      case "":
        return this.onRepository(method, kept, body);
      case "vulnerability-alerts":
        return onAlerts(method, kept);
      case "rulesets":
        return this.onRulesets(method, kept, id, body);
      default:
        return NOT_FOUND;
    }
  }

  /** A name that a repository once had leads to it. */
  private moved(name: string, method: string): Answer | undefined {
    const kept = this.renamed.get(name.toLowerCase());
    if (kept === undefined) return undefined;
    const location = `/repositories/${kept.repository.id}`;
    return { status: method === "GET" ? 301 : 307, location, body: { message: "Moved Permanently" } };
  }

  private create(settings: Body): Answer {
    const { name } = settings;
    if (typeof name !== "string" || name === "") return invalid("name", "missing_field");
    if (this.find(name) !== undefined) return invalid("name", "custom", "name already exists on this account");
    const id = ++this.ids;
    const bare = {
      ...DEFAULTS,
      id,
      node_id: `R_${id}`,
      name,
      private: false,
      visibility: "public",
    } as GithubRepository;
    const kept: Kept = { repository: bare, alerts: false, rulesets: new Map() };
    this.kept.push(kept);
    this.renamed.delete(name.toLowerCase());
    this.edit(kept, settings);
    return { status: 201, body: this.shown(kept) };
  }

  private onRepository(method: string, kept: Kept, body: Body): Answer {
    if (method === "GET") return { status: 200, body: this.shown(kept) };
    if (method !== "PATCH") return { status: 403, body: { message: "Must have admin rights to Repository." } };
    const { name } = body;
    if (typeof name === "string" && (this.find(name) ?? kept) !== kept) {
      return invalid("name", "custom", "name already exists on this account");
    }
    this.edit(kept, body);
    return { status: 200, body: this.shown(kept) };
  }

  private edit(kept: Kept, settings: Body): void {
    const before = kept.repository.name;
    const set = Object.fromEntries(Object.entries(settings).filter(([field]) => SETTABLE.has(field)));
    // Each of the two says the same.
    if (typeof set.visibility === "string") set.private = set.visibility !== "public";
    else if (typeof set.private === "boolean") set.visibility = set.private ? "private" : "public";
    kept.repository = { ...kept.repository, ...set };
    if (kept.repository.name !== before) this.renamed.set(before.toLowerCase(), kept);
  }

  private shown({ repository }: Kept): object {
    const full_name = `${this.organization}/${repository.name}`;
    return {
      ...repository,
      full_name,
      owner: { login: this.organization, id: 1, type: "Organization" },
      html_url: `https://github.com/${full_name}`,
      clone_url: `https://github.com/${full_name}.git`,
      git_url: `git://github.com/${full_name}.git`,
      ssh_url: `git@github.com:${full_name}.git`,
      svn_url: `https://github.com/${full_name}`,
      permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
    };
  }

  private onRulesets(method: string, { repository, rulesets }: Kept, id: string | undefined, body: Body): Answer {
    if (repository.private && !this.hasRulesets) return UPGRADE;
    const source = `${this.organization}/${repository.name}`;
    const keep = (number: number): Body => {
      const ruleset = { ...body, id: number, node_id: `RRS_${number}`, source, source_type: "Repository" };
      rulesets.set(number, ruleset);
      return ruleset;
    };
    if (method === "POST" && id === undefined) return { status: 201, body: keep(++this.ids) };
    const found = rulesets.get(Number(id));
    if (found === undefined) return NOT_FOUND;
    if (method === "GET") return { status: 200, body: found };
    if (method === "PUT") return { status: 200, body: keep(Number(id)) };
    rulesets.delete(Number(id));
    return { status: 204 };
  }
}

function onAlerts(method: string, kept: Kept): Answer {
  if (method === "GET") return { status: kept.alerts ? 204 : 404, ...(!kept.alerts && { body: NOT_FOUND.body }) };
  kept.alerts = method === "PUT";
  return { status: 204 };
}

const NOT_FOUND: Answer = { status: 404, body: { message: "Not Found" } };

const READ_ONLY: Answer = { status: 403, body: { message: "Repository was archived so is read-only." } };

/** @see https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets */
const UPGRADE: Answer = {
  status: 403,
  body: { message: "Upgrade to GitHub Pro or make this repository public to enable this feature." },
};

function invalid(field: string, code: string, text?: string): Answer {
  const errors = [{ resource: "Repository", code, field, ...(text && { message: text }) }];
  return { status: 422, body: { message: "Repository creation failed.", errors } };
}
