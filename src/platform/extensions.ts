import { builtin, type Operator, readSignature } from '../graph/binding/builtin/builtins.ts';
import type { BoundColumn, BoundFunction, BoundRelation, BoundType } from '../graph/binding/name-source.ts';
import type { TypeRef } from '../graph/types/type-ref.ts';
import type { QualifiedName } from '../sql/name.ts';
import { type BySchema, type ExtensionFacts, extensionFacts } from './extension-facts.ts';
import { lazily } from './lazily.ts';

export interface ExtensionType extends BoundType {
  /** An enum's, in sort order. */
  readonly labels?: readonly string[];
}

export interface ExtensionRelation extends BoundRelation {
  readonly kind: 'table' | 'view' | 'materializedView' | 'sequence' | 'foreignTable';
  readonly rowSecurity: boolean;
  readonly notNull: readonly string[];
  /** Column names in key order; empty without a primary key. */
  readonly primaryKey: readonly string[];
}

export interface ExtensionOperator extends Operator {
  readonly name: QualifiedName;
}

export interface ExtensionOperatorClass {
  readonly method: string;
  readonly name: QualifiedName;
  readonly type: TypeRef;
  readonly isDefault: boolean;
}

export interface ExtensionCast {
  readonly source: TypeRef;
  readonly target: TypeRef;
  readonly context: 'implicit' | 'assignment' | 'explicit';
}

/**
 * What CREATE EXTENSION brings, in the schema that is wanted for it or forced by it. Types are named, without entity ids. Functions
 * that SQL cannot call (index support, type input and output) are left out everywhere.
 */
export interface ExtensionContents {
  readonly name: string;
  /** The schema that its control file forces, whatever WITH SCHEMA says. */
  readonly forcedSchema: string | undefined;
  /** What CASCADE installs with it. */
  readonly requires: readonly string[];
  /** Schemas its script makes besides its home. */
  readonly schemas: readonly string[];
  /** False where the real extension may hold more: a name that is missing here may exist there. */
  readonly isComplete: boolean;
  readonly types: readonly ExtensionType[];
  readonly relations: readonly ExtensionRelation[];
  /** All functions; to look for one, `functionsNamed` does not read the others. */
  readonly functions: () => readonly BoundFunction[];
  readonly functionsNamed: (name: QualifiedName) => readonly BoundFunction[];
  readonly operators: readonly ExtensionOperator[];
  readonly operatorClasses: readonly ExtensionOperatorClass[];
  readonly casts: readonly ExtensionCast[];
  readonly accessMethods: readonly string[];
  readonly languages: readonly string[];
  readonly foreignDataWrappers: readonly string[];
  readonly eventTriggers: readonly string[];
}

/** The schema the extension's control file forces; undefined where it forces none or the extension is not known. */
export function forcedSchema(extension: string): string | undefined {
  return extensionFacts().get(extension)?.schema;
}

const contents = new Map<string, Map<string, ExtensionContents>>();

/** Undefined for an extension nothing is known of: it may bring anything. `wanted`: where CREATE EXTENSION puts it if it forces no schema. */
export function extensionContents(extension: string, wanted: string): ExtensionContents | undefined {
  const facts = extensionFacts().get(extension);
  if (facts === undefined) return undefined;
  const home = facts.schema ?? wanted;
  const homes = contents.get(extension) ?? new Map<string, ExtensionContents>();
  contents.set(extension, homes);
  const known = homes.get(home) ?? readContents(extension, facts, home);
  homes.set(home, known);
  return known;
}

function readContents(extension: string, facts: ExtensionFacts, home: string): ExtensionContents {
  const typeOf = (spelling: string) => typeRef(spelling, home);
  const readFunctions = (name: QualifiedName, text: string) =>
    text.split(';').map((signature) => readSignature(name, signature, typeOf));
  const signatures = lazily(
    () => new Map(named(facts.functions, home, (name, text) => [[`${name.schema}\0${name.name}`, text] as const])),
  );
  return {
    name: extension,
    forcedSchema: facts.schema,
    requires: facts.requires ?? [],
    schemas: facts.schemas ?? [],
    isComplete: facts.isPartial !== true,
    types: named(facts.types, home, (name, spelling) => [readType(name, spelling, typeOf)]),
    relations: named(facts.relations, home, (name, relation) => [readRelation(name, relation, typeOf)]),
    functions: lazily(() => named(facts.functions, home, readFunctions)),
    functionsNamed: (name) => {
      const found = signatures().get(`${name.schema}\0${name.name}`);
      return found === undefined ? [] : readFunctions(name, found);
    },
    ...readOperators(facts, home, typeOf),
    accessMethods: facts.accessMethods ?? [],
    languages: facts.languages ?? [],
    foreignDataWrappers: facts.foreignDataWrappers ?? [],
    eventTriggers: facts.eventTriggers ?? [],
  };
}

function named<Fact, T>(
  facts: BySchema<Fact> | undefined,
  home: string,
  read: (name: QualifiedName, fact: Fact) => readonly T[],
): readonly T[] {
  return Object.entries(facts ?? {}).flatMap(([schema, names]) =>
    Object.entries(names).flatMap(([name, fact]) => read({ schema: schema === '' ? home : schema, name }, fact)),
  );
}

/** `int4`, `.vector` (the extension's own), `net.http_response` (another schema), with `[]` for an array. */
function typeRef(spelling: string, home: string): TypeRef {
  const dot = spelling.indexOf('.');
  if (dot < 0) return builtin(spelling);
  const isArray = spelling.endsWith('[]');
  const name = spelling.slice(dot + 1, isArray ? -2 : undefined);
  return { name: { schema: dot === 0 ? home : spelling.slice(0, dot), name }, isArray, modifiers: [] };
}

type TypeOf = (spelling: string) => TypeRef;

const TYPE_KINDS = { b: 'base', c: 'composite', d: 'domain', e: 'enum', r: 'range', m: 'range' } as const;

function readType(name: QualifiedName, spelling: string, typeOf: TypeOf): ExtensionType {
  const kind = TYPE_KINDS[spelling[0] as keyof typeof TYPE_KINDS] ?? 'unknown';
  const detail = spelling.slice(2);
  if (kind === 'enum') return { name, kind, labels: detail.split(',') };
  if (kind === 'composite') return { name, kind, columns: readAttributes(detail, typeOf) };
  if (kind === 'domain' || (kind === 'range' && detail !== '')) return { name, kind, base: typeOf(detail) };
  return { name, kind };
}

function readAttributes(detail: string, typeOf: TypeOf): readonly BoundColumn[] {
  return detail.split(',').map((attribute) => {
    const [name = '', type = ''] = attribute.split(':');
    return { name, type: typeOf(type) };
  });
}

const RELATION_KINDS = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materializedView',
  S: 'sequence',
  f: 'foreignTable',
} as const;

function readRelation(
  name: QualifiedName,
  facts: NonNullable<ExtensionFacts['relations']>[string][string],
  typeOf: TypeOf,
): ExtensionRelation {
  const columns = (facts.columns ?? []).map((column) => column.split(' '));
  return {
    name,
    kind: RELATION_KINDS[facts.kind],
    rowSecurity: facts.rls === true,
    columns: columns.map(([column = '', type = '']) => ({ name: column, type: typeOf(type) })),
    columnsKnown: true,
    notNull: columns.flatMap(([column = '', , isNotNull]) => (isNotNull === undefined ? [] : [column])),
    primaryKey: facts.primaryKey ?? [],
  };
}

const CONTEXTS = { i: 'implicit', a: 'assignment', e: 'explicit' } as const;

function readOperators(facts: ExtensionFacts, home: string, typeOf: TypeOf) {
  const operators = (facts.operators ?? []).map((line): ExtensionOperator => {
    const [name = '', left = '', right = '', result = ''] = line.split(' ');
    const operands = { left: left === '-' ? undefined : typeOf(left), right: typeOf(right), result: typeOf(result) };
    return { name: { schema: home, name }, ...operands };
  });
  const operatorClasses = (facts.operatorClasses ?? []).map((line): ExtensionOperatorClass => {
    const [method = '', name = '', type = '', isDefault] = line.split(' ');
    return { method, name: { schema: home, name }, type: typeOf(type), isDefault: isDefault !== undefined };
  });
  const casts = (facts.casts ?? []).map((line): ExtensionCast => {
    const [source = '', target = '', context] = line.split(' ');
    return { source: typeOf(source), target: typeOf(target), context: CONTEXTS[context as keyof typeof CONTEXTS] };
  });
  return { operators, operatorClasses, casts };
}
