import type { CreateSchemaStmt, Node } from '@pgsql/types';
import { tagOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';

/** The order in which its elements run (transformCreateSchemaStmtElements()). */
const ELEMENT_ORDER = ['CreateSeqStmt', 'CreateStmt', 'ViewStmt', 'IndexStmt', 'CreateTrigStmt', 'GrantStmt'];

/** CREATE SCHEMA, with its elements, which run as its owner and with it in front of the search_path. */
export function createSchema(stmt: CreateSchemaStmt, context: ReplayContext): void {
  const { session, graph, builder } = context;
  const authorized = stmt.authrole === undefined ? session.role : context.grantee(stmt.authrole);
  const owner = authorized === 'public' ? session.role : authorized;
  const name = stmt.schemaname ?? graph.get('role', owner).name;
  const existing = graph.global('schema', name);
  if (existing && existing.isAssumed !== true) {
    if (stmt.if_not_exists !== true) context.refuseDuplicate(existing);
    context.skipped(existing);
    return;
  }
  if (name.startsWith('pg_')) context.refuse(`unacceptable schema name "${name}"`);
  const outside = { role: session.role, searchPath: session.searchPath };
  session.role = owner;
  const acl = context.initialAcl('schema', undefined);
  builder.create({ kind: 'schema', name, owner, acl }, context.by, existing?.id);
  session.searchPath = [name, ...session.searchPath];
  try {
    for (const element of inOrder(stmt.schemaElts ?? [])) context.run(element, tagOf(element) ?? '');
  } finally {
    Object.assign(session, outside);
  }
}

function inOrder(elements: readonly Node[]): readonly Node[] {
  const rank = (node: Node) => ELEMENT_ORDER.indexOf(tagOf(node) ?? '');
  return [...elements].sort((a, b) => rank(a) - rank(b));
}
