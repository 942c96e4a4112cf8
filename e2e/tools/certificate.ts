import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import type { Need } from "./needs";
import { runOrFail } from "./process";

/** OpenSSL, which makes certificates. */
export const openssl: Need = {
  name: "openssl",
  howToGet: () => (findProgram("openssl") ? undefined : "install it"),
};

/** A key and its certificate, in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Path of the certificate. */
  readonly file: string;
}

/**
 * Makes a certificate of an IP address, which is its own authority, for a day.
 * @param folder where its files go
 */
export async function certificateOf(address: string, folder: string): Promise<Certificate> {
  const [key, cert] = [join(folder, `${address}.key`), join(folder, `${address}.crt`)] as const;
  await runOrFail("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"],
    ...["-subj", "/CN=tests", "-addext", `subjectAltName=IP:${address}`, "-keyout", key, "-out", cert],
  ]);
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8"), file: cert };
}
