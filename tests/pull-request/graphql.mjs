// Reads requests to GitHub's GraphQL interface, one JSON object a line, and answers each with what GitHub's own schema says against it,
// a JSON array of texts. The schema is npm's @octokit/graphql-schema; the first argument is the folder with npm's packages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const packages = process.argv[2];
const { buildSchema, parse, validate, getVariableValues } = createRequire(join(packages, "package.json"))("graphql");
const text = readFileSync(join(packages, "node_modules/@octokit/graphql-schema/schema.graphql"), "utf8");
// GitHub's schema names two fields twice, which a strict reader refuses whatever is asked.
const schema = buildSchema(text, { assumeValid: true });

function flaws({ query, variables, operationName, ...others }) {
  const unknown = Object.keys(others).map((key) => `a GraphQL request has no key ${key}`);
  const document = parse(query);
  const found = validate(schema, document);
  for (const definition of found.length ? [] : document.definitions) {
    const { errors } = getVariableValues(schema, definition.variableDefinitions ?? [], variables ?? {});
    found.push(...(errors ?? []));
  }
  return unknown.concat(found.map((error) => error.message));
}

for await (const line of createInterface({ input: process.stdin })) {
  let found;
  try {
    found = flaws(JSON.parse(line));
  } catch (error) {
    found = [error.message];
  }
  console.log(JSON.stringify(found));
}
