// Writes lib/runtime/kubernetes-types.json: the fields of every object that Terraform's provider can make, with their
// types, as Kubernetes itself has them. They are read from the declarations of kubernetes-models, which are generated
// from Kubernetes' OpenAPI document.

const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");

const FILE = join(__dirname, "../lib/runtime/kubernetes-types.json");

/** What a value is where the declarations name no structure. */
const SCALARS = {
  IIoK8sApimachineryPkgUtilIntstrIntOrString: "int-or-string",
  IIoK8sApimachineryPkgApiResourceQuantity: "quantity",
  IIoK8sApimachineryPkgApisMetaV1Time: "time",
  IIoK8sApimachineryPkgApisMetaV1MicroTime: "time",
  string: "string",
  number: "number",
  boolean: "boolean",
};

/** Versions that Kubernetes keeps. */
const STABLE = /(^|\/)v\d+$/;

/** Structures that the declarations write out where they are used, instead of naming them. */
const WRITTEN_OUT = { volumeClaimTemplates: "Array<IIoK8sApiCoreV1PersistentVolumeClaim>" };

/** What the cluster alone writes. */
const isOfTheCluster = (field, fields) => field === "managedFields" || (field === "status" && "apiVersion" in fields);

const folderOf = (name) => dirname(require.resolve(`${name}/package.json`));

/** The interfaces of all declarations, by their names, which are unique. */
function interfaces() {
  const found = new Map();
  for (const folder of [folderOf("kubernetes-models"), folderOf("@kubernetes-models/apimachinery")]) {
    for (const path of readdirSync(folder, { recursive: true })) {
      if (!path.endsWith(".d.ts")) continue;
      const text = readFileSync(join(folder, path), "utf8").replace(/\/\*\*.*?\*\//gs, "");
      for (const [, name, body] of text.matchAll(/^export interface (I\w+)[^{]*\{\n(.*?)^\}/gms)) {
        const full = text.match(new RegExp(`\\b${name} as (IIoK8s\\w+)`))?.[1];
        if (full !== undefined) found.set(full, fieldsOf(body));
      }
    }
  }
  return found;
}

function fieldsOf(body) {
  const fields = body.matchAll(/^ {4}"([^"]+)"\??: (.*?);$(?=\n( {4}"|\s*$))/gms);
  return Object.fromEntries([...fields].map(([, name, type]) => [name, type.replace(/\s+/g, " ")]));
}

/** A type as the table writes it: a scalar, the name of a structure, or one of these behind [] or {}. */
function typeOf(text) {
  const list = text.match(/^Array<(.*)>$/)?.[1];
  if (list !== undefined) return `[]${typeOf(list)}`;
  const map = text.match(/^\{ \[key: string\]: (.*); \}$/)?.[1];
  if (map !== undefined) return `{}${typeOf(map)}`;
  if (text.startsWith('"')) return "string";
  return SCALARS[text] ?? (text.startsWith("IIoK8s") ? shortName(text) : "any");
}

function shortName(name) {
  return name.replace(/^IIoK8s(KubeAggregatorPkgApis|ApiextensionsApiserverPkgApis|ApimachineryPkg(Apis)?|Api)/, "");
}

/** Kinds that the provider has a resource for; it calls a DaemonSet a daemonset, too. */
function kindsOfProvider() {
  const names = readdirSync(join(folderOf("@cdktf/provider-kubernetes"), "lib"));
  return new Set(names.map((name) => name.replace(/-v\d\w*$/, "").replaceAll("-", "")));
}

function table() {
  const all = interfaces();
  const wanted = kindsOfProvider();
  const kinds = {};
  const types = {};
  const add = (name) => {
    const short = shortName(name);
    const fields = all.get(name);
    if (short in types || fields === undefined) return;
    types[short] = {};
    for (const [field, found] of Object.entries(fields)) {
      const text = WRITTEN_OUT[field] ?? found;
      if (isOfTheCluster(field, fields)) continue;
      const inner = text.match(/\bIIoK8s\w+/)?.[0];
      const isKnown = inner === undefined || inner in SCALARS || all.has(inner);
      types[short][field] = isKnown ? typeOf(text) : "any";
      if (inner !== undefined) add(inner);
    }
  };
  for (const [name, { apiVersion, kind }] of all) {
    if (apiVersion === undefined || !/^"[^"]*"$/.test(apiVersion) || !/^"[^"]*"$/.test(kind ?? "")) continue;
    if (!STABLE.test(JSON.parse(apiVersion)) || !wanted.has(JSON.parse(kind).toLowerCase())) continue;
    kinds[`${JSON.parse(apiVersion)} ${JSON.parse(kind)}`] = shortName(name);
    add(name);
  }
  return { kinds: sorted(kinds), types: sorted(types) };
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The text of the file: a line for each type, so that a change shows what it is about. */
function kubernetesTypes() {
  const { kinds, types } = table();
  const lines = (entries) =>
    Object.entries(entries).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n  "kinds": {\n${lines(kinds).join(",\n")}\n  },\n  "types": {\n${lines(types).join(",\n")}\n  }\n}\n`;
}

module.exports = { FILE, kubernetesTypes };

if (require.main === module) writeFileSync(FILE, kubernetesTypes());
