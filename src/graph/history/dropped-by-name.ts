import type { QualifiedName } from '../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import { addTo } from '../grouping.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';

type Kind = 'OBJECT_POLICY' | 'OBJECT_TRIGGER';

interface Drop {
  readonly index: number;
  readonly kind: string;
  readonly schema: string | undefined;
  readonly table: string | undefined;
}

/** Is there a DROP POLICY or DROP TRIGGER of that name on that table, IF EXISTS too, behind the statement with this index: does nobody want it back? */
export function isDroppedByName(
  statements: readonly Statement[],
  kind: Kind,
  table: QualifiedName,
  name: string,
  behind: number,
): boolean {
  return (dropsByName(statements).get(name) ?? []).some(
    (each) =>
      each.kind === kind &&
      each.index > behind &&
      each.table === table.name &&
      (each.schema === undefined || each.schema === table.schema),
  );
}

const dropsByName = readOnce((statements: readonly Statement[]): ReadonlyMap<string, readonly Drop[]> => {
  const made = new Map<string, Drop[]>();
  for (const statement of statements) {
    const drop = fieldsOfStatement(statement, 'DropStmt');
    if (drop?.removeType !== 'OBJECT_POLICY' && drop?.removeType !== 'OBJECT_TRIGGER') continue;
    for (const each of drop.objects ?? []) {
      const [name = '', table, schema] = stringsOf(fieldsOf(each, 'List')?.items).toReversed();
      addTo(made, name, { index: statement.index, kind: drop.removeType, schema, table });
    }
  }
  return made;
});
