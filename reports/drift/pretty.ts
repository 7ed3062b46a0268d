import picocolors from 'picocolors';
import { certainOf, type Drifted, type DriftFact, type DriftReport } from '../../src/drift/drift-report.ts';
import { Excerpts } from '../excerpt.ts';
import { plain, plainLines, shorten, wrap } from '../plain-text.ts';
import { counted, kindInWords } from '../words.ts';

export interface DriftOptions {
  readonly color: boolean;
  readonly width: number;
  /** Of which side the SQL is shown. */
  readonly sql: 'left' | 'right' | 'both' | 'none';
}

type Colors = ReturnType<typeof picocolors.createColors>;

/** Drift for people: what each side alone has, what they have differently, and what to run where. */
export function prettyDrift(report: DriftReport, options: DriftOptions): string {
  const colors = picocolors.createColors(options.color);
  const excerpts = new Excerpts(report.texts);
  const { left, right } = report;
  const certain = certainOf(report);
  const doubted = report.drifted.filter((each) => !certain.includes(each));
  const groups = [
    [`Only in ${left}`, certain.filter(({ state }) => state === 'only-left')],
    [`Only in ${right}`, certain.filter(({ state }) => state === 'only-right')],
    [`Different in ${left} and ${right}`, certain.filter(({ state }) => state === 'changed')],
    ['May be drift: a statement that ddlint does not understand may have made it so', doubted],
  ] as const;
  const blocks = groups.flatMap(([title, objects]) =>
    objects.length === 0
      ? []
      : [
          colors.bold(`${plain(title)} (${objects.length})`),
          ...objects.map((each) => block(each, report, excerpts, options, colors)),
        ],
  );
  return `${[...blocks, summary(report, certain.length, doubted.length, options, colors)].join('\n\n')}\n`;
}

const INDENT = '    ';

function block(
  object: Drifted,
  report: DriftReport,
  excerpts: Excerpts,
  options: DriftOptions,
  colors: Colors,
): string {
  const { kind, name, facts, doubt, at, sql } = object;
  const width = options.width - INDENT.length;
  const body: string[] = facts.flatMap((fact) => factLines(fact, width, colors));
  if (at) body.push(colors.cyan(excerpts.place(at)));
  if (doubt) body.push(...wrap(`${excerpts.place(doubt.at)} ${plain(doubt.what)}`, width).map(colors.yellow));
  const sides = [
    ['left', report.left, sql.onLeft],
    ['right', report.right, sql.onRight],
  ] as const;
  for (const [side, title, text] of sides) {
    if (text === null || (options.sql !== side && options.sql !== 'both')) continue;
    body.push(`${colors.green('to run')} on ${plain(title)}`);
    for (const line of plainLines(text).split('\n')) body.push(`  ${colors.green(line)}`);
  }
  const title = `  ${colors.red('●')} ${kind === 'defaultPrivileges' ? '' : `${kindInWords(kind)} `}${colors.bold(plain(name))}`;
  return [title, ...body.map((line) => `${INDENT}${line}`)].join('\n');
}

function factLines(fact: DriftFact, width: number, colors: Colors): readonly string[] {
  const [left, right] = apart(plain(fact.left), plain(fact.right), width - SIDE);
  return [
    factInWords(fact.name),
    `  ${colors.dim('left ')} ${shorten(left, width - SIDE)}`,
    `  ${colors.dim('right')} ${shorten(right, width - SIDE)}`,
  ];
}

/** The columns before what a side has. */
const SIDE = 8;

/** Long texts from where they part: a function's body is mostly the same. */
function apart(left: string, right: string, width: number): readonly [string, string] {
  if (left.length <= width && right.length <= width) return [left, right];
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  const start = Math.max(0, same - 20);
  const from = (text: string): string => (start === 0 ? text : `…${text.slice(start)}`);
  return [from(left), from(right)];
}

const WORDS: Readonly<Record<string, string>> = {
  acl: 'privileges',
  notNullName: 'name of NOT NULL',
  isPermissive: 'permissive',
};

/** `rowSecurity` → row security. */
function factInWords(name: string): string {
  return (
    WORDS[name] ??
    name
      .replace(/^is(?=[A-Z])/, '')
      .replace(/[A-Z]/g, (each) => ` ${each.toLowerCase()}`)
      .trim()
  );
}

function summary(
  report: DriftReport,
  certain: number,
  doubted: number,
  { width }: DriftOptions,
  colors: Colors,
): string {
  const { left, right, compared, drifted, notChecked } = report;
  const compare = `Compared ${counted(compared, 'object')} of ${left} and ${right}.`;
  const may = doubted === 0 ? '' : ` ${counted(doubted, 'object')} may differ.`;
  const verdict =
    certain === 0
      ? `✓ No drift.${may}`
      : `✗ ${counted(certain, 'object')} ${certain === 1 ? 'differs' : 'differ'}.${may}`;
  const unwritten = drifted.filter(({ sql }) => sql.onLeft === null && sql.onRight === null).length;
  return [
    ...wrap(plain(compare), width),
    ...notChecked.flatMap((each) => wrap(`Not checked: ${plain(each)}`, width).map(colors.yellow)),
    ...(unwritten === 0
      ? []
      : wrap(
          `For ${counted(unwritten, 'object')} no SQL can be written that is sure to run and to keep every row.`,
          width,
        ).map(colors.dim)),
    (certain === 0 ? colors.green : colors.bold)(verdict),
  ].join('\n');
}
