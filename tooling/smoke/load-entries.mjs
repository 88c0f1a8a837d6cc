// Copied into a project that has the packages installed; imports and requires each entry that is named.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
for (const entry of process.argv.slice(2)) {
  const imported = await import(entry);
  const required = require(entry);
  const names = Object.keys(imported);
  if (names.length === 0) throw new Error(`${entry} exports nothing`);
  for (const name of names) {
    // One instance: a class that exists twice breaks instanceof.
    if (required[name] !== imported[name])
      throw new Error(`${entry}: require() gives another ${name} than import`);
  }
}
console.log(process.version);
