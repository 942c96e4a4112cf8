import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { runOrFail } from "../tools/process";

/** A git repository behind a login, on loopback. */
export interface GitServer {
  /** Address of the repository. */
  readonly url: string;
  /** A line of git's credential store: with it the repository can be read. */
  readonly credentials: string;
  /** The only commit. */
  readonly commit: string;
  readonly stop: () => void;
}

/**
 * Serves a folder as a git repository with one commit, to whoever has the password.
 *
 * @param source the files
 * @param folder an empty folder for the repository
 * @see https://git-scm.com/book/en/v2/Git-Internals-Transfer-Protocols the protocol that needs files only
 */
export async function serveGit(source: string, folder: string, password: string): Promise<GitServer> {
  const repository = join(folder, "repository.git");
  const git = (...args: string[]) => runOrFail("git", ["--git-dir", repository, ...args]);
  await runOrFail("git", ["init", "--quiet", "--bare", "--initial-branch", "main", repository]);
  const author = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  await git("--work-tree", source, "add", "--all");
  await git("--work-tree", source, ...author, "commit", "--quiet", "--message", "Start");
  await git("update-server-info");
  const commit = (await git("rev-parse", "HEAD")).trim();

  const server = serve(folder, `Basic ${Buffer.from(`drover:${password}`).toString("base64")}`);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/repository.git`,
    credentials: `http://drover:${password}@${host}`,
    commit,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function serve(folder: string, login: string): Server {
  return createServer((request, response) => {
    if (request.headers.authorization !== login) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
      return;
    }
    const path = join(folder, normalize(new URL(request.url ?? "/", "http://localhost").pathname));
    if (!existsSync(path) || !statSync(path).isFile()) response.writeHead(404).end();
    else createReadStream(path).pipe(response);
  });
}
