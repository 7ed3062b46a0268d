import { askedOnce } from '../asked-once.ts';
import { asksInEveryWay } from '../caller/asks-in-every-way.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import { namedFor, namesFile, namesPicture } from '../lexicon/file-columns.ts';
import { isSameNoun } from '../lexicon/noun.ts';
import { wordsOf } from '../lexicon/words.ts';
import { admittingPolicies, openToRoles } from '../policies/policy-audience.ts';
import { clientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** Files of a bucket that are named by rows which are not for everybody. */
export interface PrivateFiles {
  readonly table: Table;
  /** Those that say where a file is. */
  readonly columns: readonly Column[];
  /** By which the rows are shown to those to whom they belong. */
  readonly policy: EntityOf<'policy'>;
  /** What it compares with the caller. */
  readonly owners: readonly Column[];
}

/** The tables whose files the bucket is named for, where each of them shows its rows to those alone to whom they belong; none where another bucket may be meant. */
export function privateFiles(
  graph: SchemaGraph,
  bucket: EntityOf<'bucket'>,
  clientRoles: readonly string[],
): readonly PrivateFiles[] {
  const filed = tablesOfFiles(graph);
  const meant = filesFor(graph, bucket.name, filed);
  const named =
    meant.length > 0 ? meant : filesFor(graph, withoutAppName(graph, bucket.name), filed.length === 1 ? filed : []);
  const others = [...graph.ofKind('bucket')].filter((each) => each !== bucket);
  const found: PrivateFiles[] = [];
  for (const { table, columns } of named) {
    const shown = shownToOwners(graph, table, clientRoles);
    if (shown === undefined || others.some(({ name }) => filesFor(graph, name, [{ table, columns }]).length > 0))
      return [];
    found.push({ table, columns, ...shown });
  }
  return found;
}

interface FiledTable {
  readonly table: Table;
  readonly columns: readonly Column[];
}

const tablesOfFiles = askedOnce((graph): readonly FiledTable[] =>
  [...graph.ofKind('table')].flatMap((table) => {
    if (!isUsersOwn(graph, table) || table.isAssumed === true) return [];
    const columns = graph.columns(table.id).filter(({ name }) => namesFile(table.name.name, name));
    return columns.length === 0 ? [] : [{ table, columns }];
  }),
);

/** Those for which a bucket is named. */
function filesFor(graph: SchemaGraph, bucket: string, tables: readonly FiledTable[]): readonly FiledTable[] {
  return tables.flatMap(({ table, columns }) => {
    // Named as the table, it may be for the pictures of its rows.
    const hasPicture = graph.columns(table.id).some(({ name }) => namesPicture(name));
    const own = columns.filter(({ name }) => {
      const what = namedFor(bucket, table.name.name, name);
      return what === 'file' || (what === 'rows' && !hasPicture);
    });
    return own.length === 0 ? [] : [{ table, columns: own }];
  });
}

/** `acme-notes` where no table is about an acme: the app is called so. */
function withoutAppName(graph: SchemaGraph, bucket: string): string {
  const [first = '', ...rest] = wordsOf(bucket);
  const isSaid = [...graph.ofKind('table')].some(({ name }) =>
    wordsOf(name.name).some((each) => isSameNoun(each, first)),
  );
  return isSaid ? '' : rest.join('_');
}

/** Undefined where somebody sees rows who is not asked for, and where nobody does. */
function shownToOwners(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): Pick<PrivateFiles, 'policy' | 'owners'> | undefined {
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return undefined;
  const policies = clientAccess(graph, table, clientRoles).flatMap((each) =>
    each.commands.includes('select') ? admittingPolicies(graph, table, 'select', each) : [],
  );
  const isAsking = policies.every(({ using, ...policy }) => {
    return using !== null && asksInEveryWay(graph, using) && policy.isPermissive;
  });
  const isOpen = policies.some((each) => openToRoles(graph, each, ['select'], clientRoles).length > 0);
  if (!isAsking || isOpen) return undefined;
  for (const policy of policies) {
    if (policy.using === null) continue;
    const compared = callerComparisons(graph, policy.using).filter(({ via }) => via !== 'otherTable');
    const ids = new Set(compared.map(({ column }) => column));
    const owners = graph.columns(table.id).filter(({ id }) => ids.has(id));
    if (owners.length > 0) return { policy, owners };
  }
  return undefined;
}
