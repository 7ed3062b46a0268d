import type { Node } from '@pgsql/types';
import type { EntityId } from '../entity-id.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { ColumnMeaning } from './binding.ts';
import type { BoundColumn, BoundRelation } from './name-source.ts';

/** A column of a range table entry. */
export interface SourceColumn {
  readonly name: string;
  readonly column?: EntityId | undefined;
  readonly relation?: EntityId | undefined;
  readonly type?: TypeRef | undefined;
  /** The entry it belongs to; for a column merged by USING, its left (RIGHT JOIN: right) side's. */
  readonly source: Source;
  /** The name comes from an alias' column list: a rename of the entity does not change it. */
  readonly isRenamed?: boolean | undefined;
  /** An untyped literal in a query's output, whose type the context of the query still decides. */
  readonly literal?: Node | undefined;
  /** What a column of an aliased join stands for; the other side of a column merged by USING. */
  readonly also?: readonly SourceColumn[] | undefined;
}

/** A range table entry: something in FROM, or the target row. */
export interface Source {
  readonly position: number;
  /** The name that qualifies its columns; absent for a subselect without an alias. */
  readonly name?: string | undefined;
  /** Set where it is a relation without an alias, so that `schema.table.column` finds it. */
  readonly relation?: BoundRelation | undefined;
  readonly relationId?: EntityId | undefined;
  readonly rowType?: TypeRef | undefined;
  /** It is a relation, not a subselect, CTE, function or aliased join. */
  readonly isDirect: boolean;
  readonly isOuter: boolean;
  /** A function that returns no row: its name alone means its only column. */
  readonly isScalar?: boolean | undefined;
  readonly columns: readonly SourceColumn[];
  readonly columnsKnown: boolean;
  /** What it was made from. */
  readonly entry: Entry;
}

/** ParseNamespaceItem: how an entry can be named from where we stand. */
export interface Visible {
  readonly source: Source;
  readonly byName: boolean;
  /** The columns that unqualified names find here, where these are not all of the source's: a USING join hides the sides' own. */
  readonly bare?: readonly SourceColumn[];
  readonly bareKnown: boolean;
  /** Left neighbours in FROM: seen by LATERAL items only. */
  readonly isLateralOnly: boolean;
}

/** A WITH query; `columns` of a recursive one may be read while it is still being bound. */
export interface Cte {
  readonly columns: readonly BoundSourceColumn[];
  readonly columnsKnown: boolean;
}

export type BoundSourceColumn = Omit<SourceColumn, 'source'>;

export interface Entry extends Partial<Omit<Source, 'columns' | 'position' | 'entry'>> {
  readonly columns: readonly BoundSourceColumn[];
  readonly columnsKnown: boolean;
}

/** ParseState: one query level with the entries names can find in it. */
export class Level {
  readonly parent: Level | undefined;
  visible: readonly Visible[] = [];
  isLateralActive = false;
  /** How often names have meant a column or row of this level. */
  uses = 0;
  private entries = 0;
  /** Made with the first: most levels have none. */
  #ctes: Map<string, Cte> | undefined;

  constructor(parent?: Level) {
    this.parent = parent;
  }

  /** Adds a range table entry, not yet visible. */
  add(entry: Entry): Source {
    return new RangeTableEntry(entry, this.entries++);
  }

  addCte(name: string, cte: Cte): void {
    this.#ctes ??= new Map();
    this.#ctes.set(name, cte);
  }

  cte(name: string): Cte | undefined {
    return this.#ctes?.get(name) ?? this.parent?.cte(name);
  }
}

/** Its columns are made when all are asked for: most relations are named for one or two of them. */
class RangeTableEntry implements Source {
  readonly entry: Entry;
  readonly position: number;
  readonly name: string | undefined;
  readonly relation: BoundRelation | undefined;
  readonly relationId: EntityId | undefined;
  readonly rowType: TypeRef | undefined;
  readonly isDirect: boolean;
  readonly isOuter: boolean;
  readonly isScalar: boolean | undefined;
  readonly columnsKnown: boolean;
  #columns: readonly SourceColumn[] | undefined;

  constructor(entry: Entry, position: number) {
    this.entry = entry;
    this.position = position;
    this.name = entry.name;
    this.relation = entry.relation;
    this.relationId = entry.relationId;
    this.rowType = entry.rowType;
    this.isDirect = entry.isDirect ?? false;
    this.isOuter = entry.isOuter ?? false;
    this.isScalar = entry.isScalar;
    this.columnsKnown = entry.columnsKnown;
  }

  get columns(): readonly SourceColumn[] {
    this.#columns ??= this.entry.columns.map((each) => columnOf(this, each));
    return this.#columns;
  }
}

// Field by field: spreading takes several times as long.
function columnOf(source: Source, column: BoundSourceColumn): SourceColumn {
  const { name, column: id, relation, type, isRenamed, literal, also } = column;
  return { name, column: id, relation, type, source, isRenamed, literal, also };
}

export function seen(source: Source): Visible {
  return { source, byName: true, bareKnown: source.columnsKnown, isLateralOnly: false };
}

/** The columns that unqualified names find in it. */
export function bareColumns({ source, bare }: Visible): readonly SourceColumn[] {
  return bare ?? source.columns;
}

/** The columns of that name; more than one makes a reference ambiguous. */
export function columnsNamed(source: Source, name: string): readonly SourceColumn[] {
  const found: SourceColumn[] = [];
  for (const column of source.entry.columns) if (column.name === name) found.push(columnOf(source, column));
  return found;
}

/** A relation as a range table entry, under its own name or an alias with perhaps column names. */
export function relationEntry(relation: BoundRelation, alias?: string): Entry {
  if (alias !== undefined) return makeEntry(relation, alias);
  const known = entries.get(relation);
  if (known !== undefined) return known;
  const made = makeEntry(relation, undefined);
  entries.set(relation, made);
  return made;
}

const entries = new WeakMap<BoundRelation, Entry>();

function makeEntry(relation: BoundRelation, alias: string | undefined): Entry {
  return {
    name: alias ?? relation.name.name,
    relation: alias === undefined ? relation : undefined,
    relationId: relation.id,
    rowType: {
      name: relation.name,
      ...(relation.id === undefined ? {} : { entity: relation.id }),
      isArray: false,
      modifiers: [],
    },
    isDirect: true,
    columns: columnsOf(relation),
    columnsKnown: relation.columnsKnown,
  };
}

const entryColumns = new WeakMap<readonly BoundColumn[], readonly BoundSourceColumn[]>();

function columnsOf({ id, columns }: BoundRelation): readonly BoundSourceColumn[] {
  const known = entryColumns.get(columns);
  if (known !== undefined) return known;
  const made = columns.map((column) => ({ name: column.name, column: column.id, relation: id, type: column.type }));
  entryColumns.set(columns, made);
  return made;
}

export type Found =
  | { readonly kind: 'column'; readonly column: SourceColumn; readonly level: number }
  | { readonly kind: 'ambiguous' }
  /** It may be a column of this entry, or, with several such entries, of any of them. */
  | { readonly kind: 'undetermined'; readonly sources: readonly Source[] }
  | undefined;

/** colNameToVar(): an unqualified name, from the innermost level outwards. */
export function findColumn(start: Level, name: string): Found {
  const open: Source[] = [];
  let levels = 0;
  for (let level: Level | undefined = start; level; level = level.parent, levels++) {
    let first: SourceColumn | undefined;
    const unknown: Source[] = [];
    for (const each of level.visible) {
      if (!isReachable(each, level)) continue;
      if (!each.bareKnown) unknown.push(each.source);
      const found = each.bare?.filter((column) => column.name === name) ?? columnsNamed(each.source, name);
      if (found.length === 0) continue;
      if (first || found.length > 1) return { kind: 'ambiguous' };
      first = found[0];
    }
    if (first && open.length > 0) return { kind: 'undetermined', sources: open };
    if (first) return { kind: 'column', column: first, level: levels };
    open.push(...unknown);
  }
  return open.length > 0 ? { kind: 'undetermined', sources: open } : undefined;
}

/** refnameNamespaceItem(): a relation name or alias, from the innermost level outwards. */
export function findSource(start: Level, name: string, schema?: string): { source: Source; level: number } | undefined {
  let levels = 0;
  for (let level: Level | undefined = start; level; level = level.parent, levels++) {
    const found = level.visible.find(
      (each) => each.byName && isReachable(each, level) && isNamed(each.source, name, schema),
    );
    if (found) return { source: found.source, level: levels };
  }
  return undefined;
}

/**
 * searchRangeTableForRel(): does a query around name such a relation, where it cannot be meant by this name: behind an alias, or beside a
 * subselect that is not LATERAL?
 */
export function isNamedElsewhere(start: Level, name: string): boolean {
  for (let level: Level | undefined = start; level; level = level.parent)
    if (
      level.visible.some(({ source }) => source.name === name || (source.isDirect && relationNameOf(source) === name))
    )
      return true;
  return false;
}

function relationNameOf({ relation, rowType }: Source): string | undefined {
  return relation?.name.name ?? rowType?.name?.name;
}

function isNamed(source: Source, name: string, schema: string | undefined): boolean {
  if (schema === undefined) return source.name === name;
  return source.relation !== undefined && source.relation.name.name === name && source.relation.name.schema === schema;
}

function isReachable(each: Visible, level: Level): boolean {
  return !each.isLateralOnly || level.isLateralActive;
}

/** Notes that a name inside `start` means something of the query `levels` up. */
export function noteUse(start: Level, levels: number): void {
  let level: Level | undefined = start;
  for (let up = levels; up > 0; up--) level = level?.parent;
  if (level) level.uses++;
}

export function meaningOf(column: SourceColumn, level: number): ColumnMeaning {
  const { source } = column;
  return {
    kind: 'column',
    name: column.name,
    column: column.column,
    relation: column.relation,
    type: column.type,
    level,
    source: source.position,
    index: source.columnsKnown ? source.entry.columns.findIndex((each) => each.name === column.name) : -1,
    isDirect: source.isDirect,
    isOuter: source.isOuter,
  };
}
