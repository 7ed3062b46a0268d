import type { Constraint } from '@pgsql/types';
import type { EntityOf } from '../../graph/entities/index.ts';
import type { ReplayContext } from './context.ts';
import { chooseConstraintName } from './relations/object-name.ts';

type Domain = EntityOf<'domain'>;

/** CHECK of a domain, in which VALUE stands for what is checked. */
export function addDomainCheck(domain: Domain, constraint: Constraint, context: ReplayContext): void {
  if (constraint.raw_expr === undefined) return;
  const { schema, name: domainName } = domain.name;
  const existing =
    constraint.conname === undefined ? undefined : context.graph.constraint(domain.id, constraint.conname);
  if (existing) context.refuseDuplicate(existing, constraint.location);
  const name = constraint.conname ?? chooseConstraintName(context, schema, [domainName, null, 'check']);
  const variables = { list: [{ name: 'value', type: domain.base }], conflict: 'variable' as const };
  context.builder.create(
    {
      kind: 'checkConstraint',
      on: domain.id,
      name,
      expression: context.expression(constraint.raw_expr, { variables }),
      isValidated: constraint.skip_validation !== true,
      isEnforced: constraint.is_enforced === true,
      noInherit: false,
      isInherited: false,
      origin: context.origin(constraint.location),
    },
    context.by,
  );
}
