/** Does something, and says how many seconds it took. */
export async function timed<T>(what: string, action: () => Promise<T>): Promise<T> {
  const start = Date.now();
  try {
    return await action();
  } finally {
    process.stderr.write(`${((Date.now() - start) / 1000).toFixed(1).padStart(7)} s  ${what}\n`);
  }
}
