import fc from "fast-check";
import { byDepth } from "../../../lib/runtime/alb";
import { Workload } from "../../../lib/runtime/workload";
import { type Body, resources, synth } from "../../support/synth";

const HOST = "podcore.fm";

/** The paths of one host, by the process that has them. */
type PathsByProcess = Readonly<Record<string, readonly string[]>>;

/** The Ingress objects of processes that share a host. */
function ingressesOf(paths: PathsByProcess): Body[] {
  const json = synth((stack) => {
    for (const [process, own] of Object.entries(paths)) {
      new Workload(stack, process, {
        app: "podcore",
        environment: "production",
        repository: "https://github.com/acme/podcore",
        namespace: "podcore-production",
        serviceAccount: "podcore",
        process,
        port: 8080,
        hosts: [HOST],
        paths: own,
      });
    }
  });
  return Object.values(resources(json, "kubernetes_ingress_v1"));
}

/**
 * The process that an ALB asks: its rules are tried in the order of the Ingress objects, those without a place of their
 * own by name, and within each from the longest path to the shortest.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/spec/
 */
function askedByAlb(ingresses: readonly Body[], asked: string): string | undefined {
  const place = ({ metadata }: Body) => Number(metadata.annotations["alb.ingress.kubernetes.io/group.order"] ?? 0);
  const rules = ingresses
    .toSorted((a, b) => place(a) - place(b) || (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap(({ spec }) => spec.rule[0].http.path.toSorted((a: Body, b: Body) => b.path.length - a.path.length));
  return rules.find(({ path }) => isBelow(asked, path))?.backend.service.name;
}

/** The process whose path is the closest to what is asked for. */
function wanted(paths: PathsByProcess, asked: string): string | undefined {
  const all = Object.entries(paths).flatMap(([process, own]) => own.map((path) => ({ process, path })));
  const fitting = all.filter(({ path }) => isBelow(asked, path));
  return fitting.sort((a, b) => b.path.length - a.path.length)[0]?.process;
}

function isBelow(asked: string, path: string): boolean {
  return path === "/" || asked === path || asked.startsWith(`${path}/`);
}

describe("paths of one host that lead to several processes", () => {
  it.each<[string, PathsByProcess]>([
    ["one below another", { web: ["/"], api: ["/api"] }],
    ["one between two of another", { web: ["/", "/api/admin"], api: ["/api"] }],
    ["each with one below one of the other", { a: ["/a", "/b/x"], b: ["/b", "/a/x"] }],
    ["a long one beside a deep one", { a: ["/a-long-name-on-its-own"], b: ["/a/b/c"], c: ["/", "/a/b"] }],
  ])("lead to the closest one on an ALB: %s", (_, paths) => {
    const ingresses = ingressesOf(paths);
    for (const path of Object.values(paths).flat()) {
      for (const asked of [path, `${path === "/" ? "" : path}/below`]) {
        expect([asked, askedByAlb(ingresses, asked)]).toEqual([asked, wanted(paths, asked)]);
      }
    }
  });

  it("lead to the closest one on an ALB, whatever they are", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "long-name"), { maxLength: 3 })
      .map((names) => `/${names.join("/")}`);
    const owner = fc.constantFrom("web", "api", "z");
    const shared = fc
      .uniqueArray(fc.tuple(path, owner), { minLength: 2, maxLength: 8, selector: ([path]) => path })
      .map((claims) => {
        const paths: Record<string, string[]> = {};
        for (const [path, process] of claims) paths[process] = [...(paths[process] ?? []), path];
        return paths;
      });
    fc.assert(
      fc.property(shared, path, (paths, asked) => {
        expect(askedByAlb(ingressesOf(paths), asked)).toBe(wanted(paths, asked));
      }),
      { seed: 20_261_126, numRuns: 60 },
    );
  });
});

describe("byDepth", () => {
  it("counts names, and puts the least deep paths first", () => {
    expect(byDepth(["/api/v1", "/feeds", "/", "/api"])).toEqual([
      [0, ["/"]],
      [1, ["/feeds", "/api"]],
      [2, ["/api/v1"]],
    ]);
  });
});
