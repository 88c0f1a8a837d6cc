/** A worker lies beside the code that starts it: as TypeScript in the sources, as JavaScript in the bundle. */
export function workerUrl(name: string, from: string): URL {
  return new URL(`./${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from);
}
