import { type BuildMachine, startBuildMachine } from "../tools/build-machine";
import { freePort } from "../tools/free-port";
import { type RunImageOptions, RunningImage } from "../tools/run-image";
import { type FixtureOptions, Pipeline, type PipelineRun, type RunOptions } from "./pipeline";

/** Minutes in which a test's preparation makes what the cache folder lacks: the tools of builds are compiled once. */
export const PREPARATION_MINUTES = 60;

/** Builds of fixtures, and what becomes of their images. */
export class Builds {
  private constructor(
    readonly machine: BuildMachine,
    readonly pipeline: Pipeline,
  ) {}

  /** Starts a machine whose registry has the builder. */
  static async start(): Promise<Builds> {
    const { machine, rust } = await startBuildMachine();
    const pipeline = new Pipeline(machine, rust);
    try {
      await pipeline.makeBuilder();
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return new Builds(machine, pipeline);
  }

  stop(): Promise<void> {
    return this.machine.stop();
  }

  /** A build that has to succeed. */
  async green(fixture: string, props?: FixtureOptions, options?: RunOptions): Promise<PipelineRun> {
    const result = await this.pipeline.build(fixture, props, options);
    if (!result.succeeded) throw new Error(`the build of ${fixture} has failed:\n${result.output.slice(-6000)}`);
    return result;
  }

  /** A build that has to fail. */
  async red(fixture: string, props?: FixtureOptions, options?: RunOptions): Promise<PipelineRun> {
    const result = await this.pipeline.build(fixture, props, options);
    if (result.succeeded) throw new Error(`the build of ${fixture} has succeeded:\n${result.output.slice(-6000)}`);
    return result;
  }

  /** What an image answers to a request for `/`. */
  answerOf(repository: string, tag: string, options: RunImageOptions = {}): Promise<string> {
    return this.unpacked(repository, tag, async (folder, config) => {
      const port = await freePort();
      const image = new RunningImage(folder, config, { ...options, env: { PORT: String(port), ...options.env } });
      try {
        return await (await image.answering(`http://127.0.0.1:${port}/`)).text();
      } finally {
        await image.stop();
      }
    });
  }

  /** What an image prints until it ends. */
  outputOf(repository: string, tag: string): Promise<string> {
    return this.unpacked(repository, tag, async (folder, config) => {
      const image = new RunningImage(folder, config);
      await image.ended;
      const output = image.output();
      await image.stop();
      return output;
    });
  }

  /** Looks at an image's files. */
  unpacked<T>(
    repository: string,
    tag: string,
    look: (folder: string, config: ConstructorParameters<typeof RunningImage>[1]) => Promise<T>,
  ): Promise<T> {
    return this.machine.inFolder("image", async (folder) => {
      const { config } = await this.machine.registry.unpack(repository, tag, folder);
      return look(folder, config);
    });
  }
}

/** The crates that a build has compiled or checked, as often as it has. */
export function compiledCrates(output: string): string[] {
  return [...output.matchAll(/^#\d+ [\d.]+ +(?:Compiling|Checking) (\S+) v/gm)].map(([, name = ""]) => name);
}
