import { readFileSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import type { ErrorObject } from 'ajv';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { ConfigError } from '../errors.ts';
import { didYouMean } from '../rule/nearest.ts';
import { LineIndex } from '../sql/line-index.ts';
import { CONFIG_SCHEMA, type ConfigFile, LEVELS } from './schema.ts';
import { validateConfig } from './validate.ts';

type Path = readonly (string | number)[];

/** A configuration as written, its shape checked; rules and plugins are not looked at yet. */
export interface WrittenConfig {
  readonly content: ConfigFile;
  /** Absolute; null without a file. */
  readonly file: string | null;
  /** The folder that paths in it are relative to. */
  readonly folder: string;
  /** An error at a place of the file: `file:line:column: message`. */
  readonly error: (path: Path, message: string) => ConfigError;
}

export function noConfig(cwd: string): WrittenConfig {
  return { content: {}, file: null, folder: cwd, error: (_, message) => new ConfigError(message) };
}

/**
 * Reads a configuration file.
 * @param cwd what its name is shown relative to
 * @throws ConfigError when it cannot be read, is no JSON, or says something there is not
 */
export function readConfig(file: string, cwd: string): WrittenConfig {
  const shown = relative(cwd, file).replaceAll('\\', '/');
  const text = readText(file, shown);
  const lines = new LineIndex(text);
  const errorAt = (offset: number, message: string): ConfigError => {
    const { line, column } = lines.at(offset);
    return new ConfigError(`${shown}:${line}:${column}: ${message}`);
  };
  if (text.trim() === '')
    throw new ConfigError(`${shown} is empty. Write {} for a configuration that changes nothing.`);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [syntax] = errors;
  if (syntax) throw errorAt(syntax.offset, `not valid JSON: ${inWords(syntax)}.`);
  const inPackage = basename(file) === 'package.json';
  const root = inPackage && tree ? findNodeAtLocation(tree, ['ddlint']) : tree;
  if (root === undefined) throw new ConfigError(`${shown} has no configuration.`);
  const error = (path: Path, message: string): ConfigError => errorAt(offsetOf(root, path), message);
  const content: unknown = getNodeValue(root);
  const wrong = deepest(validateConfig(content));
  if (wrong) {
    const path = pathOf(wrong, root);
    throw error(path, messageOf(wrong, path));
  }
  return { content: content as ConfigFile, file, folder: dirname(file), error };
}

function readText(file: string, shown: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (cause) {
    throw new ConfigError(`Cannot read the configuration ${shown}: ${(cause as Error).message}`, { cause });
  }
}

function inWords({ error }: ParseError): string {
  const words = printParseErrorCode(error)
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
  return words.replace(/^invalid symbol$/, 'a symbol that JSON does not have here');
}

/** Where the path leads, or the nearest part of it that exists; for a property, its name. */
function offsetOf(root: Node, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, [...path.slice(0, length)]);
    if (node) return node.parent?.type === 'property' ? node.parent.offset : node.offset;
  }
  return root.offset;
}

/** Of the errors that alternatives give, the one that got furthest: unknown keys first, then the longest path. */
function deepest(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const rank = (each: ErrorObject): number =>
    (each.keyword === 'additionalProperties' ? 1000 : 0) +
    each.instancePath.split('/').length * 2 -
    (each.keyword === 'anyOf' ? 1 : 0);
  return [...errors].sort((a, b) => rank(b) - rank(a))[0];
}

/** The JSON pointer as a path; an unknown key points at itself. */
function pathOf(error: ErrorObject, root: Node): (string | number)[] {
  const steps: (string | number)[] = [];
  let node: Node | undefined = root;
  const keys = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (const key of keys) {
    steps.push(node?.type === 'array' ? Number(key) : key);
    node = findNodeAtLocation(root, [...steps]);
  }
  if (error.keyword === 'additionalProperties') steps.push(error.params.additionalProperty as string);
  return steps;
}

function messageOf(error: ErrorObject, path: Path): string {
  const name = path.length === 0 ? 'the configuration' : path.map(String).join(' › ');
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(path.at(-1));
      const known = path[0] === 'ignores' ? ['rule', 'object', 'reason'] : Object.keys(CONFIG_SCHEMA.properties);
      return `unknown key ${JSON.stringify(key)}.${didYouMean(key, known)}`;
    }
    case 'enum':
      if (path[0] === 'rules') return `${name} must be a level (${LEVELS.join(', ')}) or [level, options].`;
      return `${name} must be one of ${(error.params.allowedValues as string[]).join(', ')}.`;
    case 'required':
      return `${name} lacks ${JSON.stringify(error.params.missingProperty)}.`;
    case 'minLength':
      return `${name} must not be empty.`;
    case 'anyOf':
      return `${name} must be a level (${LEVELS.join(', ')}) or [level, options].`;
    default:
      return `${name} ${error.message ?? 'is not valid'}.`;
  }
}
