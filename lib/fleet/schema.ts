import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { canonicalRange, GLOBAL_UNICAST, isIpv6, isWithin, PRIVATE_RANGES } from "./addresses";
import { isCron } from "./cron";
import { isOwnAnnotation, isSharedAnnotation } from "./ingress-annotations";
import {
  NAME_PATTERN,
  REPLICAS_FIELDS,
  RESERVED_ENVIRONMENTS,
  RESERVED_PROCESSES,
  RESERVED_VARIABLES,
  RESOURCES_FIELDS,
} from "./names";
import { CONSTRAINT, DEFAULT_CONSTRAINTS, isEmptyRange, type ProviderName } from "./providers";
import { TIME_ZONES } from "./time-zones";

/**
 * What the JSON files may say: the one source of the TypeScript types, of the validation and of the JSON Schemas in
 * `schemas/`. A message states the rule; what to write instead stands after "→".
 */

/** Splits a message of this schema into the rule and the fix. */
export function splitMessage(message: string): { rule: string; fix: string } {
  const [rule = "", fix = ""] = message.split(" → ");
  return { rule, fix };
}

const message = (rule: string, fix: string) => `${rule} → ${fix}`;

/** A string that follows a pattern. */
function pattern(expression: RegExp, rule: string, example: string) {
  return z
    .string(message(`must be a string that ${rule}`, `write for example "${example}"`))
    .regex(expression, message(`must be a string that ${rule}`, `write for example "${example}"`));
}

/** Whether a value is an object of JSON: neither a list nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const quoted = (words: readonly string[]) => words.map((word) => `"${word}"`).join(", ");

/** The known word that another one is a misspelling of; undefined where it is none. */
function nearestOf(word: unknown, known: readonly string[]): string | undefined {
  if (typeof word !== "string" || known.length === 0) return undefined;
  const nearest = closest(word, known);
  return distance(word.toLowerCase(), nearest) <= Math.max(2, word.length / 3) ? nearest : undefined;
}

/** What to write instead of a word that is not among the known ones. */
export function didYouMean(word: unknown, known: readonly string[]): string {
  if (known.length === 0) return "take it out";
  const nearest = nearestOf(word, known);
  if (nearest !== undefined) return `did you mean "${nearest}"?`;
  return known.length === 1 ? `write ${quoted(known)}` : `write one of ${quoted(known)}`;
}

function choice<const Values extends readonly [string, ...string[]]>(values: Values) {
  const rule = values.length === 1 ? `must be ${quoted(values)}` : `must be one of ${quoted(values)}`;
  return z.enum(values, { error: ({ input }) => message(rule, didYouMean(input, values)) });
}

const flag = () => z.boolean(message("must be true or false", "write true or false, without quotes"));

/** A text that stands for itself, such as an argument. */
function text(example: string) {
  const fix = `write for example ${JSON.stringify(example)}`;
  return z
    .string(message("must be a string", fix))
    .min(1, message("must not be empty", fix))
    .regex(/^\P{Cc}*$/u, message("must not have control characters, such as a line break", fix));
}

/** A whole number between two others. */
function wholeNumber(least: number, most: number, example: number) {
  const words = message(`must be a whole number from ${least} to ${most}`, `write for example ${example}`);
  return z.int(words).min(least, words).max(most, words);
}

const OR_DEFAULT = ", or leave the field out for its default";
const OR_NONE = ", or leave the field out for none";

/** A list of at least one. */
function list<Item extends z.ZodType>(item: Item, of: string, example: string, orElse = "") {
  const rule = `must be a list of at least one ${of}`;
  const fix = `write for example ${example}${orElse}`;
  return z.array(item, message(rule, fix)).min(1, message(rule, fix));
}

/** Lets each item of a list stand in it once. What an item is known by may be undefined where the item is none. */
function once<List extends z.ZodArray>(items: List, knownBy: (item: unknown) => unknown): List {
  return items.superRefine(
    (values, context) => {
      const keys = (values as unknown[]).map(knownBy);
      for (const [index, key] of keys.entries()) {
        if (key === undefined || keys.indexOf(key) === index) continue;
        context.addIssue({ code: "custom", path: [index], message: message("stands twice in the list", "keep one") });
      }
    },
    { when: ({ value }) => Array.isArray(value) },
  );
}

/** A list of names, each of which stands in it once. */
function names(item: z.ZodType<string, string>, of: string, example: string, orElse = "") {
  return once(list(item, of, example, orElse), (name) => name).meta({ uniqueItems: true });
}

/**
 * An object with fixed fields. A field that is not among them is an error, one line of the message for each.
 *
 * @param refused messages for fields that are missing on purpose
 */
function object<Shape extends z.ZodRawShape>(
  shape: Shape,
  example?: string,
  field = "field",
  refused: Readonly<Record<string, string>> = {},
) {
  const known = Object.keys(shape);
  const fix = example ? `write for example ${example}` : `write { } with fields among ${quoted(known)}`;
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => refused[key] ?? message(`unknown ${field}`, didYouMean(key, known))).join("\n")
        : message("must be an object", fix),
  });
}

/**
 * An object whose keys are names that the user chose; at least one. The names are judged beside the values: a record
 * that judges its keys itself does not look at what stands below a bad one.
 */
function named<Value extends z.ZodType>(key: z.ZodType<string, string>, value: Value, example: string) {
  const { $schema: _, ...keySchema } = z.toJSONSchema(key, { target: "draft-7" });
  const fix = `write for example ${example}`;
  const rule = "must be an object with at least one name in it";
  return z.record(z.string().meta(keySchema), value, message(rule, fix)).superRefine(
    (values, context) => {
      const keys = Object.keys(values);
      if (keys.length === 0) context.addIssue(message(rule, fix));
      for (const name of keys) {
        const { error } = key.safeParse(name);
        if (error) {
          context.addIssue({
            code: "invalid_key",
            origin: "record",
            issues: error.issues,
            path: [name],
            input: values,
          });
        }
      }
    },
    { when: ({ value }) => isObject(value) },
  );
}

const WORDS = "lower-case letters and digits, joined by single hyphens, starting with a letter";

function name(least: number, most: number, example: string) {
  return pattern(NAME_PATTERN, `has ${WORDS}`, example)
    .min(least, message(`must have ${least} to ${most} characters`, `write for example "${example}"`))
    .max(most, message(`must have ${least} to ${most} characters`, `write for example "${example}"`));
}

const DNS_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const dnsName = (example: string) => pattern(DNS_NAME, "is a DNS name in lower case", example);

/** What the longest host of an app, `<slug>-<process>.<domain>`, leaves of the 253 characters of a DNS name. */
const LONGEST_DOMAIN = 253 - (40 + 1 + 20 + 1);

export const slug = () => name(2, 40, "podcore");
const processName = () =>
  name(1, 20, "web").refine(
    (value) => !(RESERVED_PROCESSES as readonly string[]).includes(value),
    message(
      `must not be ${quoted(RESERVED_PROCESSES)}: the Job of the migration has that name`,
      'use "migrate" of the entry, or write for example "web"',
    ),
  );
export const environmentName = () =>
  name(1, 20, "production")
    .refine(
      (value) => !(RESERVED_ENVIRONMENTS as readonly string[]).includes(value),
      message(
        `must not be one of ${quoted(RESERVED_ENVIRONMENTS)}: stacks, or fields of an entry, have those names`,
        'write for example "production"',
      ),
    )
    .refine(
      (value) => !value.endsWith("-database"),
      message('must not end in "-database": the stacks of databases do', 'write for example "production"'),
    );

/** Lets a schema see objects that fit only; anything else is of the wrong type, which makes a union try another one. */
function onlyFor<Value extends z.ZodType>(schema: Value, fits: (keys: string[]) => boolean, words: string) {
  return z.preprocess((input, context) => {
    if (isObject(input) && !fits(Object.keys(input))) {
      context.addIssue({ code: "invalid_type", expected: "object", input, message: words });
    }
    return input;
  }, schema);
}

/**
 * A value for all environments, or one for each. An object of fields and one of environments are told apart by their keys:
 * no environment has the name of a field.
 *
 * @param rule what the value must be, with "or one such … for each environment"
 * @param example a value
 * @param fields fields of the value where it is an object
 */
function byEnvironment<Value extends z.ZodType>(
  value: Value,
  rule: string,
  example: string,
  fields: readonly string[] = [],
) {
  const inEach = `{ "production": ${example} }`;
  const words = message(rule, `write for example ${example} or ${inEach}`);
  const isField = (key: string) => fields.includes(key);
  const shapes = z.union(
    [
      onlyFor(value, (keys) => keys.length === 0 || keys.some(isField), words),
      onlyFor(named(environmentName(), value, inEach), (keys) => keys.length > 0 && !keys.some(isField), words),
    ],
    words,
  );
  return z.preprocess((input, context) => {
    const keys = isObject(input) ? Object.keys(input) : [];
    const others = keys.filter((key) => nearestOf(key, fields) === undefined);
    if (keys.some(isField) && others.length > 0) {
      context.addIssue(
        message(
          `has fields (${quoted(keys.filter(isField))}) and environments (${quoted(others)}) side by side`,
          `write the fields inside each environment, for example ${inEach}`,
        ),
      );
    }
    return input;
  }, shapes);
}

/**
 * CodeBuild's compute types, by the words of their names.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html
 */
export const BUILD_SIZES = ["small", "medium", "large", "xlarge", "2xlarge"] as const;
export type BuildSize = (typeof BUILD_SIZES)[number];
const buildSize = () =>
  choice(BUILD_SIZES).meta({
    description:
      "Machine that builds: small 2 vCPU, medium 4, large 8, xlarge 36, 2xlarge 72 (its quota is 0 on a new AWS account).",
  });

/**
 * A version of Rust, 1.90.0 or later: earlier ones have no image on the builder's Debian, or link slowly.
 *
 * @see https://hub.docker.com/_/rust
 */
const rustVersion = () =>
  pattern(
    /^1\.(9\d|[1-9]\d{2,3})\.(0|[1-9]\d{0,3})$/,
    "is a version of Rust with three numbers, 1.90.0 or later",
    "1.95.0",
  );

const PATH_WORDS =
  'is a path inside the repository: letters, digits and characters of "._@+-" between single slashes, without ".", ".." and ".git"';

/** A path of the app's repository, as it may stand in a Dockerfile and in a shell without being quoted. */
const path = (example: string) =>
  pattern(/^(?!\.git(\/|$))(?!(.*\/)?\.{1,2}(\/|$))[\w.@+-]+(\/[\w.@+-]+)*$/, PATH_WORDS, example);

/** As above, with `*` for any part of a name, and `**` for any number of folders. */
const pathPattern = (example: string) =>
  pattern(
    /^(?!\.git(\/|$))(?!(.*\/)?\.{1,2}(\/|$))(?!.*\*\*[^/])(?!.*[^/]\*\*)[\w.@+*-]+(\/[\w.@+*-]+)*$/,
    `${PATH_WORDS}, and with "*" in a name or "**" for one`,
    example,
  );

const debianPackages = (example: string) =>
  names(
    pattern(
      /^[a-z0-9][a-z0-9+.-]+$/,
      "is the name of a Debian package: lower-case letters, digits, plus and minus signs and dots",
      example,
    ),
    "Debian package",
    `["${example}"]`,
    OR_NONE,
  );

/** US dollars a minute, by size. */
const prices = Object.fromEntries(
  BUILD_SIZES.map((size) => [
    size,
    z
      .number(message("must be a number of US dollars", "write for example 0.2"))
      .nonnegative(message("must be a number of US dollars", "write for example 0.2"))
      .optional()
      .meta({ description: `US dollars that a minute of ${size} costs.` }),
  ]),
) as Record<BuildSize, z.ZodOptional<z.ZodNumber>>;

const hostList = () => names(dnsName("podcore.fm"), "DNS name", '["podcore.fm"]');
const hosts = () =>
  z
    .union(
      [z.literal(true), hostList(), named(environmentName(), hostList(), '{ "production": ["podcore.fm"] }')],
      message(
        "must be true, a list of DNS names, or one such list for each environment",
        'write for example ["podcore.fm"] or { "production": ["podcore.fm"] }',
      ),
    )
    .meta({
      description:
        "Makes the process public: true for the default host, a list of hosts, or such a list for each environment.",
    });

/** The name of an environment variable. */
const variable = () =>
  pattern(/^[A-Z_][A-Z0-9_]*$/, "has capital letters, digits and underscores, and starts with no digit", "RUST_LOG")
    .max(200, message("must have at most 200 characters", "write a shorter one"))
    .refine(
      (value) => !(RESERVED_VARIABLES as readonly string[]).includes(value),
      message(`must not be ${quoted(RESERVED_VARIABLES)}: it tells a process its port`, "take it out"),
    );

const VALUE = message("must be a string", 'write it in quotes, for example "4"');
const value = () => z.string(VALUE).regex(/^[^\0]*$/, message("must not have the character NUL", "take it out"));

const env = () =>
  named(
    variable(),
    byEnvironment(value(), "must be a string, or one such string for each environment", '"4"'),
    '{ "RUST_LOG": "info" }',
  );

const command = () => list(text("podcore"), "string", '["podcore", "web"]', OR_DEFAULT);
const args = () => list(text("serve"), "string", '["serve"]', OR_NONE);

const MEMORY = "128Mi";
const CPU = "250m";
const memory = () => pattern(/^[1-9]\d{0,5}[MG]i$/, "is an amount of memory in Mi or Gi", MEMORY);
const resources = (defaults = { cpu: "50m", memory: "64Mi", memoryLimit: "256Mi, or `memory` where that is more" }) =>
  byEnvironment(
    object({
      cpu: pattern(/^([1-9]\d{0,5}m|[1-9]\d{0,2})$/, "is an amount of CPU: thousandths of a core, or whole cores", CPU)
        .optional()
        .meta({
          description: `CPU that each pod requests; it may use more where there is some. Default: ${defaults.cpu}`,
        }),
      memory: memory()
        .optional()
        .meta({ description: `Memory that each pod requests. Default: ${defaults.memory}` }),
      memoryLimit: memory()
        .optional()
        .meta({
          description: `Memory that a pod may use; one that uses more is killed. Default: ${defaults.memoryLimit}`,
        }),
    }),
    "must be an object of quantities, or one such object for each environment",
    '{ "memory": "128Mi" }',
    RESOURCES_FIELDS,
  );

const database = () =>
  z.union(
    [
      choice(["postgres"]),
      object({
        engine: choice(["postgres"]).meta({ description: "The database's kind." }),
        volume: byEnvironment(
          pattern(/^[1-9]\d{0,4}Gi$/, "is an amount of space in Gi", "10Gi"),
          "must be an amount of space in Gi, or one such amount for each environment",
          '"10Gi"',
        )
          .optional()
          .meta({
            description:
              "Space for its data, or by environment; it can grow where the StorageClass allows it. Default: 1Gi",
          }),
        resources: resources({ cpu: "100m", memory: "512Mi", memoryLimit: "`memory`" })
          .optional()
          .meta({ description: "What the server needs, or by environment." }),
      }),
    ],
    message(
      'must be "postgres", or an object that says more of it',
      'write for example "postgres" or { "engine": "postgres", "volume": "10Gi" }',
    ),
  );

const MIGRATE = '["podcore", "migrate"]';
const migrateCommand = (orElse?: string) => list(text("podcore"), "string", MIGRATE, orElse);
const migrate = () =>
  z.union(
    [
      migrateCommand(OR_NONE),
      object(
        {
          command: migrateCommand().meta({ description: "Program and arguments." }),
          resources: resources().optional().meta({ description: "What its pod needs, or by environment." }),
          deadline: wholeNumber(10, 86_400, 3600)
            .optional()
            .meta({ description: "Seconds after which it has failed. Default: 1800" }),
        },
        `{ "command": ${MIGRATE} }`,
      ),
    ],
    message(
      "must be a program and its arguments, or an object that says more of it",
      `write for example ${MIGRATE} or { "command": ${MIGRATE}, "deadline": 3600 }`,
    ),
  );

/** The path of a request. */
const requestPath = (example: string) =>
  pattern(
    /^\/[\x21-\x7e]{0,199}$/,
    "is the path of a request: at most 200 printable characters after a slash",
    example,
  );

/** A path of a host, and all that is below it. */
const pathPrefix = (example: string) =>
  pattern(
    /^\/([\w.~-]+(\/[\w.~-]+)*)?$/,
    'is a path: letters, digits and characters of "._~-" between single slashes, with one at its beginning and none at its end',
    example,
  ).max(126, message("must have at most 126 characters", "write a shorter one"));

/** Which of the two fits the protocol is checked with the process. */
const probe = (example: string) =>
  object({
    path: requestPath(example).optional().meta({
      description: "Path of an HTTP/1.1 request that is answered with a status below 400.",
    }),
    service: pattern(
      /^([A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?$/,
      "is the full name of a gRPC service, or empty for the whole server",
      "podcore.v1.Episodes",
    )
      .max(200, message("must have at most 200 characters", "write a shorter one"))
      .optional()
      .meta({
        description:
          'Service whose health the gRPC method grpc.health.v1.Health/Check reports as SERVING; "" for the whole server.',
      }),
  });

/** Each port needs a deadline, probes, hosts and a load of its own; a process has one of each. */
const PORTS = message(
  "a process listens on one port, with one protocol, probes and hosts of its own",
  'write another process of the same image beside it, for example "grpc": { "args": ["grpc"], "port": 50051, "protocol": "grpc" }',
);

const PODS = "must be a whole number from 0 to 100, or bounds";
const replicas = () =>
  byEnvironment(
    z.union(
      [
        wholeNumber(0, 100, 2),
        object({
          min: wholeNumber(1, 100, 2)
            .optional()
            .meta({ description: "The fewest pods. Default: 2 for a process with a port, 1 for a worker" }),
          max: wholeNumber(1, 100, 6).meta({ description: "The most pods." }),
          cpu: wholeNumber(1, 1000, 70).optional().meta({
            description: "Percent of the CPU kept for them that the pods should use on average. Default: 70",
          }),
        }),
      ],
      message(PODS, 'write for example 2 or { "min": 2, "max": 6 }'),
    ),
    `${PODS}, or either for each environment`,
    '{ "min": 2, "max": 6 }',
    REPLICAS_FIELDS,
  );

const process = () =>
  object(
    {
      command: command().optional().meta({
        description:
          "Program and arguments; $(NAME) stands for an environment variable. Default: the package's only binary.",
      }),
      args: args().optional().meta({
        description: "Arguments of the program; $(NAME) stands for an environment variable. Default: none",
      }),
      port: wholeNumber(1, 65_535, 8080).optional().meta({
        description:
          "Port on which the process listens; the process is told it as PORT. Default: 8080 for `web`; a process without one is a worker.",
      }),
      protocol: choice(["http", "http2", "grpc"]).optional().meta({
        description:
          "What the process speaks at its port, without TLS: HTTP/1.1, HTTP/2 with prior knowledge, or gRPC. A load balancer of EKS refuses HTTP/1.1 clients of the latter two. Default: http",
      }),
      hosts: hosts().optional(),
      paths: names(pathPrefix("/api"), "path", '["/api"]', OR_DEFAULT).optional().meta({
        description:
          "Paths of its hosts that lead to the process, each with all below it; of several that fit, the longest wins. Default: /",
      }),
      replicas: replicas().optional().meta({
        description:
          "Number of pods, or bounds between which their use of CPU decides, or by environment. Default: 2 for a process with a port, 1 for a worker",
      }),
      resources: resources().optional().meta({ description: "What each pod needs, or by environment." }),
      readiness: probe("/ready").optional().meta({
        description: "When a pod gets requests. Default: when its port can be reached",
      }),
      liveness: probe("/live").optional().meta({
        description: "When a pod is restarted: after the path was not answered three times in a row. Default: never",
      }),
      gracePeriod: wholeNumber(0, 3600, 30).optional().meta({
        description: "Seconds that the longest request, or a worker's longest job, may take to end. Default: 30",
      }),
      startTimeout: wholeNumber(1, 3600, 600).optional().meta({
        description: "Seconds that a new pod may take from its start until it is ready. Default: 300",
      }),
      drainDelay: wholeNumber(0, 3600, 30).optional().meta({
        description:
          "Seconds between the removal of a pod and its SIGTERM, during which it still answers. Default: 20 behind a load balancer of EKS, 5 elsewhere, 0 for a worker",
      }),
    },
    undefined,
    "field",
    { ports: PORTS },
  ).meta({ description: "One way to run the app's image." });

const cron = () =>
  z
    .string(message("must be a string that is a time of cron", 'write for example "0 3 * * *"'))
    .refine(
      isCron,
      message(
        "must be a time of cron: minute, hour, day of the month, month and day of the week (0 to 6), or @hourly, @daily, @weekly, @monthly, @yearly",
        'write for example "0 3 * * *"',
      ),
    );

const timezone = () =>
  z
    .string(message("must be a string that is a time zone", 'write for example "Europe/Berlin"'))
    .superRefine((zone, context) => {
      if (TIME_ZONES.includes(zone)) return;
      const city = TIME_ZONES.find((known) => known.toLowerCase().endsWith(`/${zone.toLowerCase()}`));
      const nearest = nearestOf(zone, TIME_ZONES) ?? (zone === "" ? undefined : city);
      const fix = nearest === undefined ? 'write for example "Europe/Berlin"' : `did you mean "${nearest}"?`;
      context.addIssue(message("must be a time zone of the IANA database", fix));
    });

const scheduled = () =>
  object(
    {
      cron: byEnvironment(cron(), "must be a time of cron, or one such time for each environment", '"0 3 * * *"').meta({
        description:
          "When it runs: minute, hour, day of the month, month, day of the week; or by environment, where others have no such job.",
      }),
      timezone: timezone().optional().meta({
        description: "Time zone of the times, by its name in the IANA database. Default: Etc/UTC",
      }),
      command: command().optional().meta({ description: "Program and arguments. Default: the package's only binary." }),
      args: args().optional().meta({ description: "Arguments of the program. Default: none" }),
      resources: resources().optional().meta({ description: "What its pod needs, or by environment." }),
    },
    '{ "cron": "0 3 * * *", "args": ["report"] }',
  ).meta({ description: "Something that the app's image does at certain times." });

const metrics = object({
  port: wholeNumber(1, 65_535, 9090)
    .optional()
    .meta({ description: "Port of every process's metrics. Default: the process's own port" }),
  path: requestPath("/metrics").optional().meta({ description: "Path of the metrics. Default: /metrics" }),
});

const appBuild = object({
  size: buildSize().optional(),
  rust: rustVersion().optional().meta({
    description: "Version of Rust, one of those of platform.json. Default: the first of them.",
  }),
  package: pattern(
    /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/,
    "is the name of a Cargo package: at most 64 letters, digits, hyphens and underscores",
    "podcore-server",
  )
    .optional()
    .meta({ description: "Package of the workspace whose binaries the image holds. Default: all of them." }),
  libc: choice(["gnu", "musl"]).optional().meta({
    description: "C library: gnu, or musl for a static binary. Default: gnu",
  }),
  packages: debianPackages("libpq-dev")
    .optional()
    .meta({ description: "Debian packages that are there while the app is built. Default: none" }),
  libraries: debianPackages("libpq5")
    .optional()
    .meta({ description: "Debian packages whose files the image holds. Default: none" }),
  context: names(pathPattern("web/**/*.html"), "path", '["web"]', OR_NONE).optional().meta({
    description:
      'Further paths of the repository that the build sees; "*" stands for any part of a name, "**" for any number of folders. Default: none',
  }),
  files: names(path("config"), "path", '["config"]', OR_NONE).optional().meta({
    description:
      "Files and folders that the image holds below its working directory, besides assets, migrations and templates. Default: none",
  }),
  network: flag().optional().meta({
    description: "Whether every step of the build has a network, and not only the fetching of crates. Default: false",
  }),
  gitCredentials: pattern(
    /^[A-Za-z0-9/_+=.@-]{1,512}$/,
    'is the name of a secret: 1 to 512 letters, digits and characters of "/_+=.@-"',
    "podcore/git-credentials",
  )
    .optional()
    .meta({
      description:
        "Secret of AWS Secrets Manager with a line as git's credential store has it, for private git dependencies; builds of main only. Default: none",
    }),
  sccache: flag().optional().meta({
    description: "Keep compiled crates in the S3 bucket that platform.json names; builds of main only. Default: false",
  }),
  attestations: flag()
    .optional()
    .meta({ description: "Attach provenance and a bill of materials (SBOM) to the image. Default: false" }),
  dockerfile: path("Dockerfile").optional().meta({
    description: "The app's own Dockerfile, in the place of the one that is made for it. Default: none",
  }),
});

/** A range of addresses in the form that all readers of network policies take for the same. */
const addressRange = (example: string) => {
  const rule = "must be a range of IPv4 or IPv6 addresses in CIDR notation";
  const fix = `write for example "${example}"`;
  return z.string(message(rule, fix)).superRefine((value, context) => {
    const canonical = canonicalRange(value);
    if (canonical === undefined) context.addIssue(message(rule, fix));
    else if (canonical !== value) {
      context.addIssue(
        message("must begin with the range's first address, in its shortest form", `write "${canonical}"`),
      );
    }
  });
};

/** Public addresses of a network of one's own. */
const privateRange = () =>
  addressRange("2600:1f14:b20::/56").superRefine((value, context) => {
    if (canonicalRange(value) !== value) return;
    const inside = PRIVATE_RANGES.find((range) => isWithin(value, range));
    const isTooMuch = [...PRIVATE_RANGES, GLOBAL_UNICAST].some((range) => isWithin(range, value));
    if (inside !== undefined) context.addIssue(message(`is within ${inside}, which is private anyway`, "take it out"));
    else if (isTooMuch) {
      context.addIssue(message("is more than the addresses of one network", "write the ranges of the VPC"));
    } else if (isIpv6(value) && !isWithin(value, GLOBAL_UNICAST)) {
      context.addIssue(message(`is outside ${GLOBAL_UNICAST}, and private anyway`, "take it out"));
    }
  });

const EGRESS = '[{ "cidr": "10.0.0.0/16", "ports": [5432] }]';

/** Where pods may connect to. */
const destinations = () => {
  const ports = once(list(wholeNumber(1, 65_535, 5432), "port", "[5432]"), (port) => port).meta({
    description: "TCP ports at which the destination's pods or machines listen.",
    uniqueItems: true,
  });
  const destination = z.union(
    [
      object({
        cidr: addressRange("10.0.0.0/16").meta({ description: "Range of addresses outside the cluster." }),
        ports,
      }),
      object({
        namespace: name(1, 63, "observability").meta({ description: "Namespace of the cluster." }),
        ports,
      }),
    ],
    message(
      'must have "ports", and either "cidr" or "namespace"',
      'write for example { "cidr": "10.0.0.0/16", "ports": [5432] } or { "namespace": "observability", "ports": [4317] }',
    ),
  );
  return list(destination, "destination", EGRESS, OR_NONE);
};

const egress = () =>
  z.union(
    [destinations(), named(environmentName(), destinations(), `{ "production": ${EGRESS} }`)],
    message(
      "must be a list of destinations, or one such list for each environment",
      `write for example ${EGRESS} or { "production": ${EGRESS} }`,
    ),
  );

const APP = '{ "name": "Podcore", "language": "rust" }';

/** An entry of `apps.json`, as it is written. */
export const appEntry = object(
  {
    name: text("Podcore")
      .max(100, message("must have at most 100 characters", "write a shorter one"))
      .meta({ description: "What people call the app. Its slug, which names everything, is derived from it." }),
    language: choice(["rust"]).meta({ description: "What the app is written in." }),
    slug: slug().optional().meta({ description: "Names everything of the app. Default: derived from the name." }),
    repository: object({
      name: pattern(
        /^(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}$/,
        'has 1 to 100 letters, digits, dots, hyphens and underscores, and is neither "." nor ".." nor ends in ".git"',
        "podcore",
      )
        .optional()
        .meta({ description: "Name of the GitHub repository. Default: the slug." }),
      adopt: flag().optional().meta({ description: "Take over a repository that exists. Default: false, make one." }),
    })
      .optional()
      .meta({ description: "The GitHub repository." }),
    environments: names(environmentName(), "environment", '["production"]', OR_DEFAULT)
      .optional()
      .meta({ description: "Environments of platform.json in which the app runs. Default: all of them." }),
    build: appBuild.optional().meta({ description: "How the app is built." }),
    database: database().optional().meta({
      description:
        "Database that the app needs: each environment has one, and so have its tests while they run; DATABASE_URL names it. Default: none",
    }),
    env: env().optional().meta({
      description: "Environment variables of all processes, as they stand here, or by environment. Default: none",
    }),
    secrets: names(variable(), "name", '["API_TOKEN"]', OR_NONE).optional().meta({
      description:
        "Environment variables whose values are secrets of AWS Secrets Manager, <environment>/<slug>/<NAME>. Default: none",
    }),
    migrate: migrate().optional().meta({
      description: "Program and arguments that run once before a new release, or more of it. Default: none",
    }),
    processes: named(processName(), process(), '{ "web": { "port": 8080 } }')
      .optional()
      .meta({ description: "The processes that run the app's image, by name. Default: one, `web`, at port 8080." }),
    schedule: named(processName(), scheduled(), '{ "report": { "cron": "0 3 * * *", "args": ["report"] } }')
      .optional()
      .meta({ description: "What the app's image does at certain times, by name. Default: nothing" }),
    metrics: metrics
      .optional()
      .meta({ description: "Where Prometheus finds the processes' metrics. Default: nowhere" }),
    egress: egress().optional().meta({
      description:
        "Private destinations that all processes and Jobs may connect to, besides those of the environment; or by environment. Default: none",
    }),
    retiring: flag().optional().meta({
      description: "Lifts the guards from what is precious, so that the app's stacks can be destroyed. Default: false.",
    }),
  },
  APP,
).meta({ description: "One Rust codebase and all that delivers it." });

const schemaReference = text("./schemas/apps.schema.json")
  .optional()
  .meta({ description: "JSON Schema, for completion in an editor." });

const entries = <Entry extends z.ZodType>(entry: Entry) => list(entry, "entry", `[${APP}]`);

const appsEnvelope = <Entry extends z.ZodType>(entry: Entry) =>
  object({ $schema: schemaReference, apps: entries(entry) }, `{ "apps": [${APP}] }`);

/** What stands around the entries of `apps.json`, each of which is judged on its own: a list, or an object with one. */
export function appsAround(value: unknown): z.ZodType {
  return Array.isArray(value) ? entries(z.unknown()) : appsEnvelope(z.unknown());
}

/** `apps.json`. A bare list of entries is read, too. */
const appsFile = z
  .union([appsEnvelope(appEntry), entries(appEntry)])
  .meta({ title: "apps.json", description: "The list: one entry an app." });

const BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const CIDR = new RegExp(`^(${BYTE}\\.){3}${BYTE}/(3[0-2]|[12]?\\d)$`);
const cidr = (example: string) => pattern(CIDR, "is a range of IPv4 addresses in CIDR notation", example);

/** What a certificate is valid for: a name, or all names with one label before another. */
const certificateName = (example: string) =>
  pattern(
    /^(?=.{1,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'is a DNS name in lower case, or "*." and one',
    example,
  );

/** The name of a Kubernetes object, such as a Secret. */
const objectName = (of: string, example: string) =>
  pattern(
    /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    `is the name of a ${of}: lower-case letters, digits, dots and hyphens`,
    example,
  );

/**
 * The name of an annotation: a DNS name, a slash and at most 63 characters, or those alone.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set
 */
const annotationName = () =>
  pattern(
    /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
    "is the name of an annotation: a DNS name, a slash and at most 63 characters",
    "alb.ingress.kubernetes.io/healthcheck-interval-seconds",
  )
    .refine(
      (name) => !isSharedAnnotation(name),
      message(
        "changes the load balancer for all apps that share it, and stops it from changing where two Ingresses differ",
        "set it in the IngressClassParams of the cluster",
      ),
    )
    .refine(
      (name) => !isOwnAnnotation(name),
      message("follows from the entry of the app or from another field", "take it out"),
    );

const ANNOTATIONS = '{ "alb.ingress.kubernetes.io/healthcheck-interval-seconds": "10" }';
const TLS = '{ "secret": "example-com" } or { "clusterIssuer": "letsencrypt" }';

const environment = object({
  domain: dnsName("example.com")
    .max(
      LONGEST_DOMAIN,
      message(
        `must have at most ${LONGEST_DOMAIN} characters, so that every app's host has at most 253`,
        "write a shorter one",
      ),
    )
    .meta({ description: "Domain below which the apps' hosts are made: <slug>.<domain>." }),
  context: text("production").optional().meta({
    description:
      "Context of the kubeconfig. Default: the ARN of the EKS cluster that has the environment's name, as `aws eks update-kubeconfig` writes it.",
  }),
  cluster: pattern(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/,
    "is the name of an EKS cluster: 1 to 100 letters, digits, hyphens and underscores",
    "production",
  )
    .optional()
    .meta({
      description:
        "Name of the EKS cluster, whose pods get their roles by EKS Pod Identity. Default: the one whose ARN the context is",
    }),
  kubeconfig: text("~/.kube/config")
    .optional()
    .meta({ description: "Path of the kubeconfig. Default: ~/.kube/config" }),
  ingress: object({
    class: name(1, 63, "alb").optional().meta({ description: "IngressClass. Default: alb" }),
    from: z
      .union(
        [name(1, 63, "traefik"), names(cidr("10.0.0.0/16"), "range of addresses", '["10.0.0.0/16"]')],
        message(
          "must be a namespace, or a list of ranges of addresses",
          'write for example "traefik", or ["10.0.0.0/16"] for the subnets of a load balancer outside the cluster',
        ),
      )
      .optional()
      .meta({
        description:
          "Where requests to public processes come from: the namespace of the ingress controller, or the subnets of a load balancer outside the cluster. Default: anywhere",
      }),
    certificates: names(certificateName("*.example.com"), "DNS name", '["*.example.com", "podcore.fm"]', OR_DEFAULT)
      .optional()
      .meta({
        description:
          "Names for which certificates have been issued; a host that none covers is refused. A wildcard covers one label. Default: *.<domain> for class alb, else any host is accepted",
      }),
    tls: z
      .union(
        [
          object({
            secret: objectName("Secret", "example-com").meta({
              description: "Secret with the certificate. It must exist in the namespace of every app.",
            }),
          }),
          object({
            clusterIssuer: objectName("ClusterIssuer", "letsencrypt").meta({
              description: "ClusterIssuer of cert-manager, which then issues a certificate for each process.",
            }),
          }),
        ],
        message("must name a Secret or a ClusterIssuer of cert-manager", `write for example ${TLS}`),
      )
      .optional()
      .meta({
        description: "Certificate of the hosts, for classes other than alb. Default: the controller's own certificate",
      }),
    annotations: named(annotationName(), text("10"), ANNOTATIONS).optional().meta({
      description: "Further annotations of every Ingress, such as those of its controller. Default: none",
    }),
  })
    .optional()
    .meta({ description: "How requests come in." }),
  metrics: object({
    from: name(1, 63, "monitoring").meta({ description: "Namespace of the Prometheus that scrapes the apps." }),
  })
    .optional()
    .meta({ description: "Who may read the apps' metrics. Default: nobody" }),
  storageClass: objectName("StorageClass", "gp3").optional().meta({
    description: "StorageClass of databases' volumes that are yet to be made. Default: the cluster's default one",
  }),
  imagePullSecrets: names(objectName("Secret", "registry"), "Secret", '["registry"]', OR_NONE).optional().meta({
    description:
      "Secrets with which the cluster pulls images, for clusters other than EKS. They must exist in the namespace of every app. Default: none",
  }),
  egress: destinations().optional().meta({
    description:
      "Private destinations that every app and every database dump may connect to: ranges outside the cluster, or namespaces. Default: none",
  }),
  privateRanges: names(privateRange(), "range of addresses", '["2600:1f14:b20::/56"]', OR_NONE).optional().meta({
    description:
      "Public addresses that are not of the internet, such as those of pods and VPC on an IPv6 cluster; closed unless egress names them. Default: none",
  }),
}).meta({ description: "A place where images run." });

const bucketName = (example: string) =>
  pattern(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "is the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
    example,
  );

const rustWords = (of: string, example: string) =>
  names(
    pattern(/^[a-z0-9]+([._-][a-z0-9]+)*$/, `is a ${of} of Rust in lower case`, example),
    of,
    `["${example}"]`,
    OR_NONE,
  );

const RUST_VERSIONS = '["1.95.0"]';

/** What the builder images are made from. */
export const builder = object({
  renewed: z.iso
    .date(message("must be a day of the calendar: year, month and day", 'write for example "2026-11-21"'))
    .optional()
    .meta({
      description:
        "Day on which the builder was last renewed: another one makes new images, with Debian's latest packages. Default: 2026-11-01",
    }),
  rust: once(
    list(
      z.union(
        [
          rustVersion(),
          object({
            version: rustVersion().meta({ description: "Version of Rust." }),
            components: rustWords("component", "rust-src")
              .optional()
              .meta({ description: "Components besides clippy and rustfmt. Default: none" }),
            targets: rustWords("target", "wasm32-unknown-unknown").optional().meta({
              description:
                "Targets besides those of Linux on x86-64, with GNU's C library and with musl. Default: none",
            }),
          }),
        ],
        message(
          "must be a version of Rust, or an object with one",
          'write for example "1.95.0" or { "version": "1.95.0", "targets": ["wasm32-unknown-unknown"] }',
        ),
      ),
      "version of Rust",
      RUST_VERSIONS,
      OR_DEFAULT,
    ),
    (item) => (isObject(item) ? item.version : item),
  )
    .optional()
    .meta({
      description:
        "Versions of Rust that apps may ask for, one builder image each; the first is every app's default. Default: 1.95.0",
    }),
});

const OPTION = message(
  "must be a text of one line, a number, true, false, or a list of such texts",
  'write for example 120 or "Crate"',
);
const optionText = () => z.string(OPTION).regex(/^\P{Cc}*$/u, OPTION);

/** Options of a tool, as its configuration file in TOML has them. */
const toolOptions = (example: string, value: string | number) =>
  named(
    pattern(
      /^[a-z][a-z0-9]*([_-][a-z0-9]+)*$/,
      "has lower-case letters and digits, joined by single underscores or hyphens",
      example,
    ),
    z.union([optionText(), z.number(OPTION), z.boolean(OPTION), z.array(optionText(), OPTION)], OPTION),
    `{ "${example}": ${JSON.stringify(value)} }`,
  );

/** The versions of a Terraform provider that a platform allows. */
function providerConstraint(provider: ProviderName) {
  const usual = DEFAULT_CONSTRAINTS[provider];
  const rule = "is one version, or a lower and an upper bound in this order";
  return pattern(CONSTRAINT, rule, usual)
    .refine((text) => !isEmptyRange(text), {
      error: message("has its lower bound at or above its upper one", `write for example "${usual}"`),
      when: ({ value }) => typeof value === "string" && CONSTRAINT.test(value),
    })
    .optional()
    .meta({ description: `Versions of the ${provider} provider. Default: ${usual}` });
}

const BUDGET = message("must be a number of US dollars from 1 to 1000000", "write for example 200");

/** `platform.json`, as it is written. */
export const platformFile = object({
  $schema: schemaReference,
  github: object({
    owner: pattern(
      /^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$/,
      "is a GitHub user or organization: letters, digits and single hyphens",
      "acme",
    ).meta({ description: "User or organization that owns the repositories." }),
    connectionArn: pattern(
      /^arn:aws(-us-gov)?:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection\/[A-Za-z0-9-]+$/,
      "is the ARN of a CodeConnections connection",
      "arn:aws:codeconnections:eu-central-1:111122223333:connection/0a1b2c3d-0000-4000-8000-000000000000",
    ).meta({ description: "Connection through which CodeBuild reads the repositories and reports its checks." }),
    rulesets: flag().optional().meta({
      description:
        "Protect each repository's default branch. Default: true; false where the plan has no rulesets for private repositories.",
    }),
  }).meta({ description: "Where the code is." }),
  aws: object({
    accountId: pattern(/^\d{12}$/, "has the 12 digits of an AWS account", "111122223333").meta({
      description: "The only account that anything is ever applied to.",
    }),
    region: pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, "is an AWS region", "eu-central-1")
      .refine(
        (region) => !/^cn-|-iso/.test(region),
        message(
          'must be a region of the partition "aws" or "aws-us-gov": those of China and the isolated ones are not supported',
          'write for example "eu-central-1"',
        ),
      )
      .meta({ description: "AWS region." }),
    iamPropagationSeconds: wholeNumber(0, 300, 15).optional().meta({
      description:
        "Seconds between a build role's policy and the project that needs it: IAM spreads slowly. Default: 15",
    }),
  }).meta({ description: "Where builds run and images are kept." }),
  state: z
    .union(
      [
        object({
          bucket: bucketName("acme-terraform-state").meta({ description: "S3 bucket of the account, in its region." }),
          prefix: pattern(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, "is a path without slashes at its ends", "drover")
            .optional()
            .meta({ description: "Path below which the stacks' states are kept. Default: none" }),
        }),
        object({
          directory: pattern(
            /^(?![/~])(?!.*(^|\/)\.\.(\/|$))[^\\\p{Cc}]+$/u,
            'is a path inside the project: not absolute, without ".." and backslashes, and not empty',
            ".drover/state",
          ).meta({ description: "Folder of local states, seen from the project. Default: .drover/state" }),
        }),
      ],
      message(
        "must name an S3 bucket, and optionally a prefix in it, or a local directory",
        'write for example { "bucket": "acme-terraform-state" }, or leave it out for local state',
      ),
    )
    .optional()
    .meta({ description: "Where Terraform keeps its states. Default: the local folder .drover/state" }),
  build: object({
    size: buildSize().optional(),
    pricePerMinute: object(prices, '{ "2xlarge": 0.2 }', "size")
      .optional()
      .meta({ description: "US dollars that a minute of each size costs in the region; a build prints what it cost." }),
    rustfmt: toolOptions("max_width", 120)
      .optional()
      .meta({ description: "Options of rustfmt for apps that have no rustfmt.toml. Default: none" }),
    clippy: toolOptions("msrv", "1.95.0")
      .optional()
      .meta({ description: "Options of clippy for apps that have no clippy.toml. Default: none" }),
    sccache: object({
      bucket: bucketName("acme-sccache").meta({ description: "S3 bucket; it is made, so the name must be free." }),
    })
      .optional()
      .meta({ description: "Where apps that say so keep their compiled crates. Default: nowhere" }),
  })
    .optional()
    .meta({ description: "How apps are built." }),
  builder: builder.optional().meta({ description: "What the images that build apps are made from." }),
  budget: object({
    monthlyUsd: z
      .number(BUDGET)
      .min(1, BUDGET)
      .max(1_000_000, BUDGET)
      .meta({ description: "US dollars a month, of the whole account." }),
    email: z
      .email(message("must be an e-mail address", 'write for example "you@example.com"'))
      .meta({ description: "Who is told at 80 % of it, and when the forecast exceeds it." }),
  })
    .optional()
    .meta({ description: "Tells you before the month gets expensive. Default: none" }),
  database: object({
    postgres: wholeNumber(15, 18, 17)
      .optional()
      .meta({ description: "Major version of PostgreSQL; a database keeps the one it was made with. Default: 17" }),
  })
    .optional()
    .meta({ description: "What the databases of the apps run." }),
  providers: object({
    aws: providerConstraint("aws"),
    github: providerConstraint("github"),
    kubernetes: providerConstraint("kubernetes"),
  })
    .optional()
    .meta({ description: "Versions of the Terraform providers that the stacks ask for." }),
  environments: named(environmentName(), environment, '{ "production": { "domain": "example.com" } }').meta({
    description: "Where images run, by name.",
  }),
}).meta({ title: "platform.json", description: "What the apps share." });

const pin = object({
  tag: pattern(/^[0-9a-f]{40}$/, "is a commit: 40 hexadecimal digits", "0123456789abcdef0123456789abcdef01234567").meta(
    { description: "Commit from which the image was built." },
  ),
  digest: pattern(
    /^sha256:[0-9a-f]{64}$/,
    "is an image's digest: sha256: and 64 hexadecimal digits",
    `sha256:${"0123456789abcdef".repeat(4)}`,
  ).meta({ description: "Digest of the image, as the build prints it." }),
  migrate: z
    .literal(false, message("must be false", "write false, or leave the field out to migrate"))
    .optional()
    .meta({ description: "false to leave the migration out, when going back over one." }),
}).meta({ description: "The release that runs." });

/** `releases.json`, as it is written. */
export const releasesFile = z
  .object({ $schema: schemaReference }, message("must be an object", 'write for example { "production": {} }'))
  .catchall(
    z.record(z.string(), pin, {
      error: ({ path }) =>
        isSetting(path?.[0])
          ? message("unknown field", 'did you mean "$schema"?')
          : message("must be an object", 'write for example { "podcore": { "tag": …, "digest": … } }'),
    }),
  )
  .meta({ title: "releases.json", description: "What runs where: environment, app, release." });

/** Whether a key of `releases.json` says something of the file: no environment's name starts so. */
export const isSetting = (key: unknown) => typeof key === "string" && key.startsWith("$");

export type AppEntry = z.infer<typeof appEntry>;
export type PlatformFile = z.infer<typeof platformFile>;
export type BuilderFile = z.infer<typeof builder>;
export type ReleasesFile = z.infer<typeof releasesFile>;
/** A release in an environment: an image by commit and digest. */
export type Pin = z.infer<typeof pin>;

/** The JSON Schemas, by the names of their files in `schemas/`. */
export function jsonSchemas(): Record<string, unknown> {
  const options = { target: "draft-7", io: "input" } as const;
  return {
    "apps.schema.json": z.toJSONSchema(appsFile, options),
    "platform.schema.json": z.toJSONSchema(platformFile, options),
    "releases.schema.json": z.toJSONSchema(releasesFile, options),
  };
}
