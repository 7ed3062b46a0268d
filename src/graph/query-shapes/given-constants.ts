import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { constantOf, unwrapped } from './operand.ts';
import { eachStatement, targetsOf } from './pl-statements.ts';
import type { RoutineShape } from './routine-shape.ts';

/** What an expression may give. */
export interface GivenConstants {
  readonly constants: readonly string[];
  /** It gives nothing else, NULL apart. */
  readonly isWhole: boolean;
}

const UNKNOWN: GivenConstants = { constants: [], isWhole: false };

/** What the variables of a PL/pgSQL block are ever set to; null where something else than an expression sets them. */
export type VariableValues = ReadonlyMap<string, readonly (Node | null)[]>;

export function variableValues({ block, routine }: Pick<RoutineShape, 'block' | 'routine'>): VariableValues {
  const values = new Map<string, (Node | null)[]>();
  const set = (name: string, value: Node | null) => {
    const list = values.get(name) ?? [];
    values.set(name, list);
    list.push(value);
  };
  if (block === null) return values;
  for (const { name } of routine.parameters) if (name !== null) set(name, null);
  for (const { statement } of eachStatement([block])) {
    if (statement.kind === 'assign') {
      const [name, ...fields] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
      if (name !== undefined && fields.length === 0) set(name, statement.value.tree);
    } else if (statement.kind === 'block') {
      for (const each of statement.declarations)
        if (each.kind === 'variable' && each.default !== undefined) set(each.name, each.default.tree);
    }
    for (const { name } of targetsOf(statement)) set(name[0] ?? '', null);
  }
  return values;
}

/** What the names in a value stand for. */
export interface GivenFrom {
  readonly variables: VariableValues;
  /** Is it the column itself, which keeps what it has? */
  readonly isOwn: (reference: object) => boolean;
}

/** The constants that an expression gives, through CASE, coalesce() and the variables of its block. */
export function givenConstants(
  node: Node | undefined,
  from: GivenFrom,
  seen: ReadonlySet<string> = new Set(),
): GivenConstants {
  const constant = constantOf(node);
  if (constant !== null) return { constants: typeof constant === 'string' ? [constant] : [], isWhole: true };
  const inner = unwrapped(node);
  const { args: branches = [], defresult } = fieldsOf(inner, 'CaseExpr') ?? {};
  const either =
    branches.length > 0
      ? [...branches.map((each) => fieldsOf(each, 'CaseWhen')?.result), ...(defresult ? [defresult] : [])]
      : (fieldsOf(inner, 'CoalesceExpr')?.args ?? []);
  if (either.length > 0) return together(either.map((each) => givenConstants(each, from, seen)));
  const reference = fieldsOf(inner, 'ColumnRef');
  if (reference === undefined) return UNKNOWN;
  if (from.isOwn(reference)) return { constants: [], isWhole: true };
  const [name = '', ...fields] = stringsOf(reference.fields);
  const values = fields.length > 0 ? [] : (from.variables.get(name) ?? []);
  if (values.length === 0 || seen.has(name)) return UNKNOWN;
  const within = new Set([...seen, name]);
  return together(values.map((each) => (each === null ? UNKNOWN : givenConstants(each, from, within))));
}

function together(all: readonly GivenConstants[]): GivenConstants {
  return { constants: all.flatMap((each) => each.constants), isWhole: all.every((each) => each.isWhole) };
}
