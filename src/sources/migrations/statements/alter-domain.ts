import type { AlterDomainStmt } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { addDomainCheck } from '../domain-constraints.ts';
import { makeObjectName } from '../relations/object-name.ts';
import { neededType } from '../type-kinds.ts';

/** ALTER DOMAIN, but for names, owners and schemas. Subtypes are those of AlterDomainStmt (parsenodes.h). */
export function alterDomain(stmt: AlterDomainStmt, context: ReplayContext): void {
  const domain = neededType(stmt.typeName, 'domain', context);
  if (domain === undefined) return;
  const { builder, by } = context;
  switch (stmt.subtype) {
    case 'T':
      builder.alter(domain, { default: stmt.def === undefined ? null : context.expression(stmt.def) }, by);
      return;
    case 'N':
    case 'O':
      builder.alter(domain, { notNull: stmt.subtype === 'O' }, by);
      return;
    case 'C': {
      const constraint = fieldsOf(stmt.def, 'Constraint');
      if (constraint?.contype === 'CONSTR_NOTNULL') builder.alter(domain, { notNull: true }, by);
      else if (constraint) addDomainCheck(domain, constraint, context);
      return;
    }
    case 'X':
      dropDomainConstraint(domain, stmt, context);
      return;
    case 'V': {
      const found = context.graph.constraint(domain.id, stmt.name ?? '');
      if (found?.kind === 'checkConstraint') builder.alter(found, { isValidated: true }, by);
      else context.reportUnknown('constraint', `${context.graph.path(domain)}.${quoteIdentifier(stmt.name ?? '')}`);
      return;
    }
    default:
      context.notUnderstood(`ALTER DOMAIN of the kind ${stmt.subtype} is not modelled.`, undefined, {
        aspects: ['types'],
        reach: { entities: [domain.id] },
      });
  }
}

/** Since PG 18 NOT NULL of a domain is a constraint with a name too; that name is no fact of the graph. */
function dropDomainConstraint(domain: EntityOf<'domain'>, stmt: AlterDomainStmt, context: ReplayContext): void {
  const name = stmt.name ?? '';
  const found = context.graph.constraint(domain.id, name);
  if (found) {
    context.builder.drop(found, context.by);
    return;
  }
  const isNotNull = domain.notNull && name === makeObjectName(domain.name.name, null, 'not_null');
  if (isNotNull || (domain.notNull && stmt.missing_ok !== true))
    context.builder.alter(domain, { notNull: false }, context.by);
  else if (stmt.missing_ok !== true)
    context.reportUnknown('constraint', `${context.graph.path(domain)}.${quoteIdentifier(name)}`);
}
