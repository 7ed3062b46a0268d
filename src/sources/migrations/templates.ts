import type { SourceLocation } from '../../sql/location.ts';
import type { SqlReading } from '../../sql/reading.ts';
import { PLACEHOLDER as NAME } from './evaluation/value.ts';

/** What a tool fills in before Postgres sees the file: {{ .schema }} of tern, pop and dbt, ${schema} of Flyway. */
const PLACEHOLDER = /\{\{.*?\}\}|\$\{[\w.:]+\}/gs;

/** Conditions and loops of a template, alone on their lines: what stands between them is read. */
const DIRECTIVE = /^[ \t]*\{\{-?\s*(?:if|end|range|with|else|template|\/\*).*?\}\}[ \t]*$/gms;

/** The text with the directives of a template as blanks. An alternative is left as it is: only one of its branches is run. */
export function withoutDirectives(text: string): string {
  if (!text.includes('{{') || /\{\{-?\s*else\b/.test(text)) return text;
  return text.replace(DIRECTIVE, (line) => line.replace(/[^\r\n]/g, ' '));
}

/** A statement of a template, with a name in the place of each placeholder: its grammar still tells what kind of statement it is. */
export interface TemplateStatement {
  readonly text: string;
  readonly at: SourceLocation;
}

/** Takes the statements of a template out of a reading: what Postgres gets is another text. */
export function withoutTemplates(
  reading: SqlReading,
  text: string,
): { readonly reading: SqlReading; readonly templates: readonly TemplateStatement[] } {
  if (text.search(PLACEHOLDER) === -1) return { reading, templates: [] };
  const textOf = ({ at }: Placed) => text.slice(at.start, at.end);
  const isTemplate = (each: Placed) => textOf(each).search(PLACEHOLDER) !== -1;
  // Any text is a body in quotes; what else parses has its braces in a string.
  const isBody = (each: SqlReading['statements'][number]) => each.kind === 'DoStmt' && isTemplate(each);
  const taken = [...reading.rejected.filter(isTemplate), ...reading.statements.filter(isBody)];
  return {
    reading: {
      statements: reading.statements.filter((each) => !isBody(each)),
      rejected: reading.rejected.filter((each) => !isTemplate(each)),
      passedOver: [
        ...reading.passedOver,
        ...taken.map(({ at }) => ({ at, what: 'template' as const, message: TEMPLATE })),
      ],
    },
    templates: taken.map((each) => ({ text: textOf(each).replaceAll(PLACEHOLDER, NAME), at: each.at })),
  };
}

const TEMPLATE = 'This statement is a template, which a tool fills in before Postgres gets it; it was not replayed.';

type Placed = Pick<SqlReading['rejected'][number], 'at'>;
