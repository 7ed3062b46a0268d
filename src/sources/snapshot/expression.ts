import type { Node } from '@pgsql/types';
import { SourceError } from '../../errors.ts';
import { bindExpression, bindQuery, type ExpressionScope } from '../../graph/binding/bind.ts';
import type { Binding } from '../../graph/binding/binding.ts';
import { boundRelation } from '../../graph/binding/bound-entity.ts';
import type { BoundExpression } from '../../graph/bound-expression.ts';
import { isInput } from '../../graph/entities/function-entity.ts';
import type { Entity, Relation } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { readSql } from '../../sql/parse.ts';
import { isPlace, relocate } from '../../sql/relocate.ts';
import { withoutSecrets } from '../../sql/secrets.ts';
import { bindingAsJson, bindingFromJson } from './binding-json.ts';
import {
  type Codec,
  definition,
  type JsonSchema,
  type NamedGraph,
  objectSchema,
  type Resolving,
  type Writing,
} from './codec.ts';
import type { Json, JsonObject } from './json.ts';
import { addressOf, splitAddress } from './references.ts';
import { joinLines, lines } from './text.ts';

/** What bare names of an expression stand for, by the entity that it is a fact of. */
export type Scope = (entity: Entity, graph: SchemaGraph) => ExpressionScope;

export const noNames: Scope = () => ({});

/** Those of a policy, check, index … are the columns of its table; in a domain's check VALUE is. */
export const ownRow: Scope = (entity, graph) => {
  const owner = ownerOf(entity, graph);
  if (owner.kind === 'domain') {
    return { variables: { list: [{ name: 'value', type: owner.base }], conflict: 'variable' } };
  }
  return { target: boundRelation(graph, owner as Relation) };
};

/** NEW and OLD are rows of the trigger's or rule's relation. */
export const newAndOld: Scope = (entity, graph) => {
  const relation = boundRelation(graph, ownerOf(entity, graph) as Relation);
  return { rows: ['new', 'old'].map((name) => ({ name, relation })) };
};

/** A function's parameters, by name and number. */
export const parameters: Scope = (entity) => {
  if (entity.kind !== 'function') return {};
  const inputs = entity.parameters.filter(isInput);
  return {
    variables: {
      list: inputs.map(({ name, type }) => ({ name: name ?? undefined, type })),
      qualifiers: [entity.name.name],
      conflict: 'column',
    },
  };
};

function ownerOf(entity: Entity, graph: SchemaGraph): Entity {
  return graph.parent(entity) ?? entity;
}

/**
 * An expression or query: its text, which is parsed and whose names are resolved again when it is read. What that would not
 * bring back (names from before a rename, columns that a star stood for, a search_path of the file) is written out beside it.
 */
export function expression(scope: Scope): Codec<BoundExpression> {
  return codecOf(scope, parsedExpression);
}

export function query(scope: Scope): Codec<BoundExpression> {
  return codecOf(scope, parsedQuery);
}

export const EXPRESSION_SCHEMA: JsonSchema = {
  anyOf: [
    lines.schema,
    objectSchema({ text: lines.schema, tree: { type: 'object' }, binding: { type: 'object' } }, ['text']),
  ],
  description:
    'SQL; with the tree of the grammar where the text alone does not give it, and what its names mean where they would mean something else now.',
};

type Parse = (text: string) => Node | undefined;

function codecOf(scope: Scope, parse: Parse): Codec<BoundExpression> {
  return {
    schema: definition('expression'),
    write: (value, writing) => {
      const text = lines.write(value.text, writing) ?? '';
      const reparsed = parseAgain(value, parse);
      const tree = reparsed ?? value.tree;
      const found = bound(tree, scope(writing.entity, writing.graph), writing);
      const binding = asJson(value, value.tree, writing);
      const isFound = JSON.stringify(asJson(found, tree, writing)) === JSON.stringify(binding);
      if (reparsed !== undefined && isFound) return text;
      return {
        text,
        ...(reparsed === undefined ? { tree: movedToStart(value) as unknown as Json } : {}),
        ...(isFound ? {} : { binding }),
      };
    },
    read: (json, resolving) => {
      const isText = typeof json === 'string' || Array.isArray(json);
      const written: WrittenExpression = isText ? { text: json } : (json as unknown as WrittenExpression);
      const text = joinLines(written.text);
      if (resolving.whole === null) return { tree: EMPTY, text, start: 0, ...UNBOUND };
      const tree = (written.tree as unknown as Node | undefined) ?? parse(text);
      if (tree === undefined)
        throw new SourceError(`The snapshot holds SQL that ddlint cannot read: ${withoutSecrets(text).slice(0, 200)}`);
      return { tree, text, start: 0, ...meaningOf(written, tree, scope, resolving.whole, resolving.idOf) };
    },
  };
}

interface WrittenExpression {
  readonly text: Json;
  readonly tree?: Json;
  readonly binding?: JsonObject;
}

function meaningOf(
  written: WrittenExpression,
  tree: Node,
  scope: Scope,
  whole: NonNullable<Resolving['whole']>,
  idOf: Resolving['idOf'],
): Binding {
  if (written.binding === undefined) return bound(tree, scope(whole.entity, whole.graph), whole);
  return bindingFromJson(written.binding, tree, (address) => idOf(...splitAddress(address)), whole.graph);
}

const UNBOUND: Binding = {
  references: [],
  unresolved: [],
  meanings: new Map(),
  types: new Map(),
  coercions: new Map(),
};

/** What the grammar gives for nothing, and what stands in until everything has its place. */
const EMPTY = {} as Node;

function asJson(binding: Binding, tree: Node, writing: Writing): JsonObject {
  return bindingAsJson(binding, tree, (id) => {
    const entity = writing.graph.find(id);
    return entity === undefined ? '' : addressOf(entity, writing);
  });
}

function bound(tree: Node, scope: ExpressionScope, { names }: NamedGraph): Binding {
  if (!isQuery(tree)) return bindExpression(tree, scope, names);
  const { references, unresolved, meanings, types, coercions } = bindQuery(tree, names, scope);
  return { references, unresolved, meanings, types, coercions };
}

function isQuery(tree: Node): boolean {
  return /Stmt$/.test(Object.keys(tree)[0] ?? '');
}

/** The tree of the text alone; undefined where that is another than the one there is. */
function parseAgain({ tree, text }: BoundExpression, parse: Parse): Node | undefined {
  const again = parse(text);
  return again !== undefined && withoutPlaces(again) === withoutPlaces(tree) ? again : undefined;
}

const PREFIX = 'SELECT ';

/** Places count in the text. */
function parsedExpression(text: string): Node | undefined {
  const targets = fieldsOf(parsedQuery(PREFIX + text), 'SelectStmt')?.targetList ?? [];
  const value = fieldsOf(targets[0], 'ResTarget')?.val;
  if (value === undefined || targets.length > 1) return undefined;
  relocate(value, (offset) => offset - PREFIX.length);
  return value;
}

function parsedQuery(text: string): Node | undefined {
  const { statements } = readSql(text, '');
  return statements.length === 1 ? statements[0]?.node : undefined;
}

function withoutPlaces(tree: Node): string {
  return JSON.stringify(tree, (key, value) => (isPlace(key) ? undefined : value));
}

function movedToStart({ tree, start }: BoundExpression): Node {
  const copy = structuredClone(tree);
  relocate(copy, (offset) => Math.max(0, offset - start));
  return copy;
}
