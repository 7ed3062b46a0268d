import type { AuditReport, RuleDescription } from '../../src/audit/report.ts';
import { finish } from '../../src/engine/collect.ts';
import type { Finding } from '../../src/rule/finding.ts';

const FIRST = 'supabase/migrations/20250101000000_init.sql';
const SECOND = 'supabase/migrations/20250301000000_größer.sql';

const TEXTS = new Map([
  [
    FIRST,
    `-- Übersicht: 表 of a small shop
create table public.customers (
\tid uuid primary key,
\temail text
);
create table public.orders (
  id bigint generated always as identity primary key,
  "Größe" text, customer_id uuid references public.customers (id), note text default 'a rather long line, so that it has to be cut somewhere by the terminal report'
);
create policy "own \u001b[31morders" on public.orders using (customer_id = auth.uid());
${Array.from({ length: 5 }, (_, i) => `create index orders_${i} on public.orders (customer_id);`).join('\n')}
`,
  ],
  [
    SECOND,
    "alter table public.orders disable row level security;\ndo $$ begin execute current_setting('x'); end $$;\n",
  ],
]);

function rule(id: string, more: Partial<RuleDescription>): RuleDescription {
  return {
    id,
    category: 'performance',
    severity: 'medium',
    confidence: 'certain',
    summary: `The condition of ${id}.`,
    why: 'What happens because of it, in a sentence or two that are long enough to be wrapped by a terminal of ordinary width.',
    remedy: 'What to do about it.',
    equivalents: [],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
    ...more,
  };
}

const RULES = [
  rule('duplicate-index', { equivalents: ['splinter:0009'] }),
  rule('rls-disabled', { category: 'security', severity: 'critical' }),
  rule('unbounded-text', { category: 'integrity', severity: 'low', confidence: 'likely' }),
  rule('unindexed-foreign-key', {}),
];

function place(file: string, text: string): { file: string; start: number; end: number } {
  const start = (TEXTS.get(file) ?? '').indexOf(text);
  return { file, start, end: start + text.length };
}

type Told = Pick<Finding, 'ruleId' | 'message' | 'object'> & { at: ReturnType<typeof place> | null } & Partial<Finding>;

function finding({ at, ...told }: Told) {
  const described = RULES.find((each) => each.id === told.ruleId);
  return {
    messageId: 'found',
    category: described?.category ?? 'performance',
    severity: described?.severity ?? 'medium',
    confidence: described?.confidence ?? 'certain',
    origin: at === null ? { from: 'catalog' as const } : { from: 'statement' as const, at },
    related: [],
    fix: null,
    equivalents: described?.equivalents ?? [],
    discriminator: '',
    ...told,
  };
}

/** One of each thing a report can hold, with names that would like to do harm. What reports/examples/ shows. */
export const sampleReport: AuditReport = {
  source: 'supabase/migrations',
  server: null,
  platform: 'supabase',
  migrationTool: 'supabase',
  findings: finish([
    finding({
      ruleId: 'rls-disabled',
      message:
        'Anyone may read and write public.orders: row security was turned off, and [anon](https://example.org) holds all grants.',
      object: { kind: 'table', name: 'public.orders' },
      at: place(FIRST, 'create table public.orders'),
      related: [
        {
          note: 'row security is turned off here',
          at: place(SECOND, 'alter table public.orders disable row level security'),
        },
      ],
      fix: {
        title: 'Turn row security on',
        sql: 'alter table public.orders enable row level security;',
        safety: 'review',
      },
    }),
    finding({
      ruleId: 'unindexed-foreign-key',
      message: 'Foreign key orders_customer_id_fkey on public.orders has no index that starts with customer_id.',
      object: { kind: 'foreignKey', name: 'public.orders.orders_customer_id_fkey' },
      at: place(FIRST, 'references public.customers (id)'),
      fix: {
        title: 'Add the index',
        sql: 'create index concurrently orders_customer_id_idx\n  on public.orders (customer_id);',
        safety: 'safe',
      },
    }),
    ...Array.from({ length: 5 }, (_, i) =>
      finding({
        ruleId: 'duplicate-index',
        message: `Index orders_${i} on public.orders has the keys of another.`,
        object: { kind: 'index', name: `public.orders_${i}` },
        at: place(FIRST, `create index orders_${i}`),
      }),
    ),
    finding({
      ruleId: 'unbounded-text',
      message:
        'Column "Größe" of public.orders takes text of any length; policy own \u001b[31morders\u202e lets clients write it.',
      object: { kind: 'column', name: 'public.orders."Größe"' },
      at: place(FIRST, '"Größe" text'),
    }),
    finding({
      ruleId: 'unbounded-text',
      message: 'Column note of public.hidden takes text of any length.',
      object: { kind: 'column', name: 'public.hidden.note' },
      at: null,
    }),
  ]),
  rules: RULES,
  skipped: [{ ruleId: 'unused-index', needs: ['statistics'] }],
  withheld: [
    {
      ruleId: 'missing-primary-key',
      count: 2,
      doubts: [{ what: 'The DO block runs SQL that is not known.', at: place(SECOND, 'do $$') }],
    },
  ],
  ignored: 1,
  notChecked: [],
  notUnderstood: [{ what: 'The DO block runs SQL that is not known.', at: place(SECOND, 'do $$') }],
  counts: { files: 2, statements: 10, rejected: 0, passedOver: 0 },
  objects: new Map([
    ['table', 2],
    ['column', 6],
    ['index', 7],
    ['foreignKey', 1],
    ['policy', 1],
  ]),
  notes: ['Read supabase/migrations: 2 files, as supabase runs them, platform supabase.'],
  texts: TEXTS,
  onlyFiles: null,
};
