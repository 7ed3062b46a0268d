import type { InsertStmt } from '@pgsql/types';
import { display, type QualifiedName } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { readOnce } from '../asked-once.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';

/** The names the history puts rows under, as written: with their schema, or without. */
interface Seeds {
  readonly qualified: ReadonlySet<string>;
  readonly bare: ReadonlySet<string>;
}

const seeds = readOnce(seedsIn);

/** Does the history itself fill the table with rows that it writes out: roles, languages, plans? Not a backfill from other tables. */
export function isSeeded(statements: readonly Statement[], { name }: { readonly name: QualifiedName }): boolean {
  const known = seeds(statements);
  return known.bare.has(name.name) || known.qualified.has(display(name));
}

function seedsIn(statements: readonly Statement[]): Seeds {
  const qualified = new Set<string>();
  const bare = new Set<string>();
  for (const statement of statements) {
    const insert = fieldsOfStatement(statement, 'InsertStmt');
    const { schemaname: schema, relname: name } = insert?.relation ?? {};
    if (insert === undefined || name === undefined || !isWrittenOut(insert, { qualified, bare })) continue;
    if (schema === undefined) bare.add(name);
    else qualified.add(display({ schema, name }));
  }
  return { qualified, bare };
}

/**
 * Values, or a query over such that reads no other table (`select … where not exists (select from` the table itself `)`) but one that is filled so itself
 * and whose keys it looks up (`from sports join (values …)`).
 */
function isWrittenOut({ relation, selectStmt, withClause }: InsertStmt, { qualified, bare }: Seeds): boolean {
  if (selectStmt === undefined || withClause !== undefined) return false;
  const hasValues = anyNode(selectStmt, (node) => fieldsOf(node, 'SelectStmt')?.valuesLists !== undefined);
  return !anyNode(selectStmt, (node) => {
    const { schemaname: schema, relname: name } = fieldsOf(node, 'RangeVar') ?? {};
    if (name === undefined || name === relation?.relname) return false;
    const isFilledSo = schema === undefined ? bare.has(name) : qualified.has(display({ schema, name }));
    return !(hasValues && isFilledSo);
  });
}
