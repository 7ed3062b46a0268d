import type { Entity } from '../../../graph/entities/index.ts';
import type { Problem } from '../../../graph/journal.ts';

/** Conditions by what is missing (docs, appendix A: class 42). */
const UNDEFINED: ReadonlyMap<string, string> = new Map([
  ['table', 'undefined_table'],
  ['relation', 'undefined_table'],
  ['column', 'undefined_column'],
  ['function', 'undefined_function'],
  ['schema', 'invalid_schema_name'],
]);

function duplicateCondition(existing: Entity): string {
  switch (existing.kind) {
    case 'table':
    case 'foreignTable':
    case 'view':
    case 'materializedView':
    case 'sequence':
    case 'index':
    case 'compositeType':
      return 'duplicate_table';
    case 'column':
      return 'duplicate_column';
    case 'function':
      return 'duplicate_function';
    case 'schema':
      return 'duplicate_schema';
    default:
      return 'duplicate_object';
  }
}

/** The condition name of the error that Postgres raises for a problem; null where the replay cannot tell which of several. */
export function conditionOf(problem: Problem): string | null {
  switch (problem.type) {
    case 'unknownObject':
      return UNDEFINED.get(problem.objectKind) ?? 'undefined_object';
    case 'duplicateObject':
      return duplicateCondition(problem.existing);
    case 'missingExtension':
      return 'undefined_object';
    default:
      return REFUSALS.find(([, message]) => message.test(problem.message))?.[0] ?? null;
  }
}

/** By what the server says: those that migrations are written to expect, and what else is said of types. */
const REFUSALS: readonly (readonly [condition: string, message: RegExp])[] = [
  ['dependent_objects_still_exist', /other objects depend on it|^cannot drop .* requires it$/],
  ['duplicate_object', /is already member of publication/],
  ['undefined_function', /^operator does not exist/],
  ['foreign_key_violation', /violates foreign key constraint/],
  ['not_null_violation', /^null value in column/],
  ['invalid_column_reference', /matching the ON CONFLICT specification/],
  [
    'datatype_mismatch',
    /cannot be cast automatically|types .* cannot be matched|^argument of .* must be type|but (?:default )?expression is of type/,
  ],
  ['invalid_text_representation', /^invalid input value for enum/],
  ['invalid_table_definition', /^multiple primary keys for table|^cannot (?:drop columns from|change .* of) view/],
  ['invalid_function_definition', /^cannot change return type of existing function/],
];

/** Does WHEN … catch this problem? OTHERS catches every error that DDL can raise (docs 41.6.8). */
export function catches(conditions: readonly string[], problem: Problem): boolean {
  // Without the extension its schema is missing as well, where it has one of its own.
  if (problem.type === 'missingExtension') return catchesMissing(conditions);
  const condition = conditionOf(problem);
  return conditions.some((each) => each === 'others' || each === condition);
}

/** Would some handler see an error about a missing object: then it must be raised, not assumed away. */
export function catchesMissing(conditions: readonly string[]): boolean {
  return conditions.some(
    (each) => each === 'others' || each.startsWith('undefined_') || each === 'invalid_schema_name',
  );
}

/** Would it see an error that data raises, and not only those of CREATE, ALTER and DROP, which the replay decides. */
export function catchesData(conditions: readonly string[]): boolean {
  return conditions.some((each) => !/^(?:duplicate|undefined)_|^42/.test(each) && !OF_DEFINITIONS.has(each));
}

const OF_DEFINITIONS: ReadonlySet<string> = new Set([
  'dependent_objects_still_exist',
  'invalid_column_reference',
  'invalid_function_definition',
  'invalid_schema_name',
  'invalid_table_definition',
  'object_in_use',
  'wrong_object_type',
]);
