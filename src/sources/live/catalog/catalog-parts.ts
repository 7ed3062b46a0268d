import { casts } from './casts.ts';
import type { CatalogPart } from './catalog-part.ts';
import type { ObjectQuery } from './catalog-queries.ts';
import { checkConstraints } from './check-constraints.ts';
import { columns } from './columns.ts';
import { compositeTypes } from './composite-types.ts';
import { defaultPrivileges } from './default-privileges.ts';
import { descriptions } from './descriptions.ts';
import { eventTriggers } from './event-triggers.ts';
import { exclusionConstraints } from './exclusion-constraints.ts';
import { extensionMembers } from './extension-members.ts';
import { extensions } from './extensions.ts';
import { foreignDataWrappers } from './foreign-data-wrappers.ts';
import { foreignKeys } from './foreign-keys.ts';
import { foreignServers } from './foreign-servers.ts';
import { foreignTables } from './foreign-tables.ts';
import { functions } from './functions.ts';
import { indexes } from './indexes.ts';
import { materializedViews } from './materialized-views.ts';
import { minorObjects } from './minor-objects.ts';
import { operatorClasses } from './operator-classes.ts';
import { operators } from './operators.ts';
import { policies } from './policies.ts';
import { primaryKeys } from './primary-keys.ts';
import { publications } from './publications.ts';
import { rewriteRules } from './rewrite-rules.ts';
import { roles } from './roles.ts';
import { schemas } from './schemas.ts';
import { sequences } from './sequences.ts';
import { statistics } from './statistics.ts';
import { tables } from './tables.ts';
import { triggers } from './triggers.ts';
import { types } from './types.ts';
import { uniqueConstraints } from './unique-constraints.ts';
import { views } from './views.ts';

/** What becomes of the rows of each query: a kind that is missing here does not compile. */
export const PARTS: { readonly [Query in ObjectQuery]: CatalogPart<never> } = {
  casts,
  'check-constraints': checkConstraints,
  columns,
  'composite-types': compositeTypes,
  'default-privileges': defaultPrivileges,
  descriptions,
  'event-triggers': eventTriggers,
  'exclusion-constraints': exclusionConstraints,
  'extension-members': extensionMembers,
  extensions,
  'foreign-data-wrappers': foreignDataWrappers,
  'foreign-keys': foreignKeys,
  'foreign-servers': foreignServers,
  'foreign-tables': foreignTables,
  functions,
  indexes,
  'materialized-views': materializedViews,
  'minor-objects': minorObjects,
  'operator-classes': operatorClasses,
  operators,
  policies,
  'primary-keys': primaryKeys,
  publications,
  'rewrite-rules': rewriteRules,
  roles,
  schemas,
  sequences,
  statistics,
  tables,
  triggers,
  types,
  'unique-constraints': uniqueConstraints,
  views,
};
