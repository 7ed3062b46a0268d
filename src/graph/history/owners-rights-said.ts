import type { DefElem, Node } from '@pgsql/types';
import { defBoolean, defElems } from '../../sql/def-elem.ts';
import type { QualifiedName } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';

/**
 * The statement that says of a view, in so many words, that it reads with the rights of its owner: CREATE VIEW … WITH (security_invoker = off), or ALTER
 * VIEW … SET. Undefined where the last one about the view leaves it unsaid.
 */
export function ownersRightsSaid(statements: readonly Statement[], view: QualifiedName): Statement | undefined {
  const last = statements.findLast((each) => optionsFor(each, view) !== undefined);
  const options = last === undefined ? [] : (optionsFor(last, view) ?? []);
  return options.some((each) => each.arg !== undefined && defBoolean(each) === false) ? last : undefined;
}

/** Those that a statement gives the view; undefined for one that is not about its security_invoker. */
function optionsFor(statement: Statement, view: QualifiedName): readonly DefElem[] | undefined {
  const made = fieldsOfStatement(statement, 'ViewStmt');
  if (made !== undefined) return isCalled(made.view, view) ? optionsIn(made.options) : undefined;
  const changed = fieldsOfStatement(statement, 'AlterTableStmt');
  if (changed === undefined || !isCalled(changed.relation, view)) return undefined;
  const options = (changed.cmds ?? []).flatMap((each) => {
    const { subtype, def } = fieldsOf(each, 'AlterTableCmd') ?? {};
    const isAbout = subtype === 'AT_SetRelOptions' || subtype === 'AT_ResetRelOptions';
    return isAbout ? optionsIn(fieldsOf(def, 'List')?.items) : [];
  });
  return options.length === 0 ? undefined : options;
}

function isCalled(
  written: { readonly schemaname?: string; readonly relname?: string } | undefined,
  { schema, name }: QualifiedName,
): boolean {
  return written?.relname === name && (written.schemaname ?? schema) === schema;
}

function optionsIn(nodes: readonly Node[] | undefined): readonly DefElem[] {
  return defElems(nodes).filter(({ defname }) => defname === 'security_invoker');
}
