import type { EntityOf } from '../graph/entities/index.ts';
import { lostByRowSecurity } from '../graph/policies/lost-by-row-security.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { type QualifiedName, quoteIdentifier } from '../sql/name.ts';
import { policyOf } from './client-prose.ts';
import type { Fix } from './finding.ts';
import { ownersRights } from './owners-rights.ts';
import { andList, brief } from './prose.ts';
import { sql } from './sql.ts';

/** The title where no policy lets clients do anything. */
export const CLOSED_TO_CLIENTS = 'Turn row security on: clients then see nothing until policies let them';

/**
 * ENABLE ROW LEVEL SECURITY, which also holds triggers that add rows with the rights of clients (they fail with 42501: their functions get those of their
 * owners, or the title says which of them need them), and policies of other tables that look into these (the title names them).
 */
export function rowSecurityOn(
  graph: SchemaGraph,
  tables: readonly EntityOf<'table'>[],
  title: string,
  clientRoles: readonly string[],
): Fix {
  const { refused, blind } = lostByRowSecurity(graph, tables, clientRoles);
  const adding = new Set(refused.flatMap(({ function: id }) => (id === null ? [] : [graph.get('function', id)])));
  const routines = [...adding].map((each) => ({ name: each.name, rights: ownersRights(graph, each) }));
  return {
    title: `${title}${refusedText(graph, refused, routines)}${blindText(graph, blind)}`,
    safety: 'review',
    sql: [
      ...tables.map(({ name }) => sql`alter table ${name} enable row level security;`),
      ...routines.flatMap(({ rights }) => rights?.sql ?? []),
    ].join('\n'),
  };
}

function refusedText(
  graph: SchemaGraph,
  refused: readonly EntityOf<'trigger'>[],
  routines: readonly { readonly name: QualifiedName; readonly rights: Fix | undefined }[],
): string {
  if (refused.length === 0) return '';
  const names = refused.map(({ name, relation }) => {
    const of = graph.find(relation);
    return `the trigger ${quoteIdentifier(name)}${of?.kind === 'table' ? ` of ${brief(of.name)}` : ''}`;
  });
  const adds = refused.length === 1 ? 'adds' : 'add';
  const whose =
    routines.length === 1
      ? 'the function gets the rights of its owner'
      : 'the functions get the rights of their owners';
  const without = routines.flatMap(({ name, rights }) => (rights === undefined ? [`${brief(name)}()`] : []));
  const byHand = `make ${andList(without)} SECURITY DEFINER first, with a search_path of ${without.length === 1 ? 'its' : 'their'} own`;
  const mended =
    without.length === 0 ? whose : without.length === routines.length ? byHand : `${whose}, but for some: ${byHand}`;
  return `; ${andList(names, 3)} ${adds} rows there with the rights of clients, which would fail then (42501): ${mended}`;
}

function blindText(graph: SchemaGraph, blind: readonly EntityOf<'policy'>[]): string {
  if (blind.length === 0) return '';
  const names = blind.map((each) => policyOf(graph, each));
  const looks = blind.length === 1 ? 'looks into it and finds' : 'look into it and find';
  return `; ${andList(names, 3)} ${looks} no row there until a policy shows some`;
}
