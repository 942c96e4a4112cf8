/**
 * Whether a certificate for a name is valid for a host. A wildcard stands for exactly one label, as in ACM and in browsers.
 *
 * @param certificate such as "podcore.fm" or "*.example.com"
 * @see https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html#concept-wildcard
 */
export function covers(certificate: string, host: string): boolean {
  if (!certificate.startsWith("*.")) return certificate === host;
  const firstDot = host.indexOf(".");
  return firstDot > 0 && host.slice(firstDot) === certificate.slice(1);
}

/** Whether one of the certificates is valid for a host. */
export function covered(certificates: readonly string[], host: string): boolean {
  return certificates.some((certificate) => covers(certificate, host));
}

/** The wildcard that is valid for the default hosts of a domain. */
export function wildcardOf(domain: string): string {
  return `*.${domain}`;
}
