import type { CreateDomainStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { addDomainCheck } from '../domain-constraints.ts';
import { collationName } from '../relations/indexes.ts';
import { newTypeName } from '../type-kinds.ts';

export function createDomain(stmt: CreateDomainStmt, context: ReplayContext): void {
  const { name, assumed } = newTypeName(stmt.domainname, context);
  const constraints = (stmt.constraints ?? []).flatMap((each) => ('Constraint' in each ? [each.Constraint] : []));
  const has = (type: string) => constraints.some((each) => each.contype === type);
  if (has('CONSTR_NOTNULL') && has('CONSTR_NULL')) context.refuse('conflicting NULL/NOT NULL constraints');
  const value = constraints.find((each) => each.contype === 'CONSTR_DEFAULT')?.raw_expr;
  const collation = stmt.collClause?.collname;
  const base = context.type(stmt.typeName);
  const under = base.entity === undefined || base.isArray ? undefined : context.graph.find(base.entity);
  // A domain over a domain starts with that one's default.
  const inherited = under?.kind === 'domain' ? under.default : null;
  const domain = context.builder.create(
    {
      kind: 'domain',
      name,
      base,
      notNull: has('CONSTR_NOTNULL'),
      default: value === undefined ? inherited : context.expression(value),
      collation: collation === undefined ? null : collationName(collation, context),
      owner: context.session.role,
      acl: context.initialAcl('type', name.schema),
    },
    context.by,
    assumed,
  );
  for (const each of constraints) if (each.contype === 'CONSTR_CHECK') addDomainCheck(domain, each, context);
}
