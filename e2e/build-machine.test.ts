import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RustImage } from "./tools/base-images";
import { BUILD_MACHINE, type BuildMachine, startBuildMachine } from "./tools/build-machine";
import { describeWith } from "./tools/needs";
import { run, runOrFail } from "./tools/process";
import { ECR_HOST } from "./tools/registry";
import { RunningImage } from "./tools/run-image";

/** What the second stage says, and the step of which one can see whether it ran. */
const GREETING = "built on a machine without a network";

/** Two stages, one of them with a step that must not have a network. */
function dockerfile(rust: string): string {
  return `FROM docker.io/library/rust:${rust}-slim-trixie AS build
WORKDIR /src
RUN rustup component add clippy rustfmt && cargo clippy --version && cargo fmt --version
RUN --network=none awk 'NR > 2 { print $1 }' /proc/net/dev > interfaces \\
 && ! timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/80'
RUN --network=none echo 'fn main() { println!("${GREETING}"); eprintln!("{:?}", std::fs::write("/hello", "")); }' > hello.rs \\
 && rustc hello.rs
FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=build /src/interfaces /interfaces
COPY --from=build /src/hello /usr/local/bin/hello
ENTRYPOINT ["/usr/local/bin/hello"]
`;
}

describeWith(BUILD_MACHINE, "a build machine", () => {
  let machine: BuildMachine;
  let rust: RustImage;
  let digest: string;

  beforeAll(async () => {
    ({ machine, rust } = await startBuildMachine());
    await docker("buildx", "create", "--name", "test", "--driver", "remote", machine.env.BUILDKIT_HOST!, "--use");
  }, 45 * 60_000); // building BuildKit and the base images takes a while, once

  afterAll(() => machine?.stop());

  test("pushes to ECR's name, and names the digest", async () => {
    const { log, digest: pushed } = await build();
    expect(log).not.toContain("CACHED [build");
    expect(machine.registry.tags("hello")).toEqual(["one"]);
    expect(machine.registry.digest("hello", "one")).toBe(pushed);
    digest = pushed;
  });

  test("on a fresh host takes every step from the registry's cache", async () => {
    await machine.becomeFresh();
    let second = { log: "", digest: "" };
    const bytes = await machine.registry.pulledBytes(async () => {
      second = await build();
    });
    expect(second.digest).toBe(digest);
    expect(second.log).not.toContain("importing cache manifest failed");
    expect(second.log.match(/^#\d+ CACHED$/gm)?.length).toBeGreaterThanOrEqual(4);
    // Not one layer: nothing has to be run, and what is to be pushed is there.
    expect(bytes).toBeLessThan(100_000);
  });

  test("gives a step no network when it asks for none", async () => {
    await machine.inFolder("look", async (folder) => {
      await machine.registry.unpack("hello", "one", folder);
      expect(readFileSync(join(folder, "interfaces"), "utf8")).toBe("lo:\n");
    });
  });

  test("runs an image as a cluster would", async () => {
    await machine.inFolder("run", async (folder) => {
      const { config } = await machine.registry.unpack("hello", "one", folder);
      const image = new RunningImage(folder, config);
      const code = await image.ended;
      expect({ code, output: image.output() }).toEqual({ code: 0, output: expect.stringContaining(GREETING) });
      expect(image.output()).toContain("ReadOnlyFilesystem");
      await image.stop();
    });
  });

  test("runs hooks inside an image, and asks it to end", async () => {
    await machine.inFolder("debian", async (folder) => {
      await machine.registry.unpack("library/debian", "trixie-slim", folder);
      const config = { User: "65532:65532", Env: ["PATH=/usr/bin"] };
      const command = ["sh", "-c", "trap 'exit 7' TERM; echo $PORT >/tmp/port; while :; do sleep 0.1; done"];
      const image = new RunningImage(folder, config, { command, env: { PORT: "8080" } });
      let hook = await image.exec("cat", "/tmp/port");
      for (let attempt = 0; hook.code !== 0 && attempt < 50; attempt++) hook = await image.exec("cat", "/tmp/port");
      expect(hook.stdout).toBe("8080\n");
      expect((await image.exec("id", "-u")).stdout).toBe("65532\n");
      expect(await image.stop()).toBe(7);
    });
  });

  test("runs no image as root", () => {
    expect(() => new RunningImage(machine.folder, {})).toThrow('the image\'s user is ""');
  });

  test("lets crates be fetched from inside a build", async () => {
    await machine.inFolder("fetch", async (folder) => {
      const text = `FROM docker.io/library/rust:${rust.version}-slim-trixie
WORKDIR /src
RUN cargo init --name fetch && cargo add itoa && cargo fetch
`;
      writeFileSync(join(folder, "Dockerfile"), text);
      await machine.build({ context: folder, image: machine.image("fetch", "one") });
    });
  });

  test("finds a text in compressed layers", () => {
    expect(machine.registry.blobsWith(`${GREETING}, never`, "hello")).toEqual([]);
    expect(machine.registry.blobsWith(GREETING, "hello").length).toBeGreaterThan(0);
  });

  test("keeps images, and restores them", async () => {
    const restore = () => machine.registry.cachedImages("hello-kept", { digest }, () => build("hello-kept"));
    await restore();
    machine.registry.emptyRepository("hello-kept");
    expect(machine.registry.tags("hello-kept")).toEqual([]);
    await restore();
    expect(machine.registry.digest("hello-kept", "one")).toBe(digest);
  });

  test("lets docker log in to ECR without asking it", async () => {
    const login = `echo password | docker login --username AWS --password-stdin ${ECR_HOST}`;
    expect(await runOrFail("sh", ["-c", login], { env: machine.env })).toBe("Login Succeeded\n");
    expect((await build("after-login")).digest).toBe(digest);
  });

  /** Builds with the commands of a pipeline: pushed to ECR, with a cache that is read and written there. */
  function build(repository = "hello"): Promise<{ log: string; digest: string }> {
    return machine.inFolder("context", async (folder) => {
      writeFileSync(join(folder, "Dockerfile"), dockerfile(rust.version));
      const cache = `type=registry,ref=${ECR_HOST}/hello-cache:image`;
      const metadata = join(folder, "metadata.json");
      const log = await docker(
        ...["buildx", "build", "--progress", "plain", "--provenance", "false", "--push"],
        ...["--tag", `${ECR_HOST}/${repository}:one`, "--metadata-file", metadata],
        ...["--cache-from", cache],
        ...["--cache-to", `${cache},mode=max,image-manifest=true,oci-mediatypes=true`, folder],
      );
      return { log, digest: JSON.parse(readFileSync(metadata, "utf8"))["containerimage.digest"] };
    });
  }

  async function docker(...args: string[]): Promise<string> {
    const { code, output } = await run("docker", args, { env: machine.env });
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    return output;
  }
});
