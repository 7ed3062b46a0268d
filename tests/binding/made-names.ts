import type { NameSource } from '../../src/graph/binding/name-source.ts';
import type { EntityId } from '../../src/graph/entity-id.ts';

export interface MadeNames extends NameSource {
  nameOf(id: EntityId): string;
}

/** Names written down by hand: tables with their columns (null: not known) and functions without arguments. */
export function makeNames(made: {
  readonly tables: Record<string, readonly string[] | null>;
  readonly functions: readonly string[];
}): MadeNames {
  const labels: string[] = [];
  const mint = (label: string) => (labels.push(label) - 1) as EntityId;
  const split = (label: string) => {
    const [schema = '', name = ''] = label.split('.');
    return { schema, name };
  };
  const tables = new Map(
    Object.entries(made.tables).map(([label, columns]) => [
      label,
      {
        id: mint(label),
        name: split(label),
        columns: (columns ?? []).map((name) => ({ id: mint(`${label}.${name}`), name })),
        columnsKnown: columns !== null,
      },
    ]),
  );
  const functions = new Map(
    made.functions.map((label) => [
      label,
      { id: mint(label), name: split(label), kind: 'function' as const, arguments: [], defaults: 0, returnsSet: false },
    ]),
  );
  return {
    relation: (schema = 'public', name) => tables.get(`${schema}.${name}`),
    functions: (schema = 'public', name) => [functions.get(`${schema}.${name}`) ?? []].flat(),
    type: () => undefined,
    nameOf: (id) => labels[id] ?? `#${id}`,
  };
}
