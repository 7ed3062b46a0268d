import type { RewriteRule } from '../../../graph/entities/rewrite-rule.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly relation: string;
  readonly name: string;
  readonly event: string;
  readonly is_instead: boolean;
  readonly definition: string;
}

const EVENTS: ReadonlyMap<string, RewriteRule['event']> = new Map([
  ['1', 'select'],
  ['2', 'update'],
  ['3', 'insert'],
  ['4', 'delete'],
]);

export const rewriteRules: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const relation = catalog.relation(row.relation);
      const node = catalog.parse('', row.definition);
      if (relation === undefined || !('RuleStmt' in node)) continue;
      const { whereClause, actions = [] } = node.RuleStmt;
      const scope = catalog.newAndOld(relation);
      catalog.create(
        { class: 'pg_rewrite', oid: row.oid },
        {
          kind: 'rewriteRule',
          relation: relation.id,
          name: row.name,
          event: EVENTS.get(row.event) ?? 'select',
          isInstead: row.is_instead,
          condition: whereClause ? catalog.bound(whereClause, row.definition, scope) : null,
          actions: actions.map((action) => catalog.query(action, row.definition, scope)),
        },
      );
    }
  },
};
