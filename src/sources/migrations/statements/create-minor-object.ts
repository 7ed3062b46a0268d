import type {
  CreateAmStmt,
  CreateConversionStmt,
  CreateOpFamilyStmt,
  CreatePLangStmt,
  CreateSubscriptionStmt,
  DefineStmt,
  DropSubscriptionStmt,
  Node,
} from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';

type Minor = EntityOf<'minorObject'>;

const DEFINED: ReadonlyMap<DefineStmt['kind'], Minor['object']> = new Map([
  ['OBJECT_COLLATION', 'collation'],
  ['OBJECT_TSCONFIGURATION', 'textSearchConfiguration'],
  ['OBJECT_TSDICTIONARY', 'textSearchDictionary'],
  ['OBJECT_TSPARSER', 'textSearchParser'],
  ['OBJECT_TSTEMPLATE', 'textSearchTemplate'],
]);

/** CREATE COLLATION and CREATE TEXT SEARCH …. */
export function createMinorObject(stmt: DefineStmt, context: ReplayContext): void {
  const object = DEFINED.get(stmt.kind);
  if (object === undefined) context.notUnderstood(`CREATE of the kind ${stmt.kind} is not modelled.`);
  else create(object, stmt.defnames, stmt.if_not_exists === true, context);
}

export function createConversion(stmt: CreateConversionStmt, context: ReplayContext): void {
  create('conversion', stmt.conversion_name, false, context);
}

export function createOperatorFamily(stmt: CreateOpFamilyStmt, context: ReplayContext): void {
  create('operatorFamily', stmt.opfamilyname, false, context);
}

export function createAccessMethod(stmt: CreateAmStmt, context: ReplayContext): void {
  createGlobal('accessMethod', stmt.amname, false, context);
}

export function createLanguage(stmt: CreatePLangStmt, context: ReplayContext): void {
  createGlobal('language', stmt.plname, stmt.replace === true, context);
}

export function createSubscription(stmt: CreateSubscriptionStmt, context: ReplayContext): void {
  createGlobal('subscription', stmt.subname, false, context);
}

export function dropSubscription(stmt: DropSubscriptionStmt, context: ReplayContext): void {
  const name = stmt.subname ?? '';
  const all = context.graph.schemaObject('minorObject', { schema: '', name });
  const found = all.find((each) => each.object === 'subscription');
  if (found) context.builder.drop(found, context.by);
  else if (stmt.missing_ok !== true) context.reportUnknown('subscription', quoteIdentifier(name));
}

function create(
  object: Minor['object'],
  list: readonly Node[] | undefined,
  ifMissing: boolean,
  context: ReplayContext,
): void {
  const written = context.nameOf(list);
  const name = context.newNameIn(written.schema, written.name);
  const existing = context.graph.schemaObject('minorObject', name).find((each) => each.object === object);
  if (existing && ifMissing) context.skipped(existing);
  else if (existing) context.refuseDuplicate(existing);
  else context.builder.create({ kind: 'minorObject', object, name }, context.by);
}

function createGlobal(object: Minor['object'], name = '', mayReplace: boolean, context: ReplayContext): void {
  const all = context.graph.schemaObject('minorObject', { schema: '', name });
  const existing = all.find((each) => each.object === object);
  if (existing && !mayReplace) context.refuse(`${object} ${quoteIdentifier(name)} already exists`);
  if (existing === undefined)
    context.builder.create({ kind: 'minorObject', object, name: { schema: '', name } }, context.by);
}
