/** A comment line that starts a section which the tool runs only to undo (docs of dbmate, goose, node-pg-migrate, tern). */
const DOWN =
  /^(?:-- ?migrate:down\b.*|-- ?\+goose down\b.*|\s*--[\s-]*down\s+migration\b.*|---- create above \/ drop below ----.*)$/im;
const UP = /^(?:-- ?migrate:up\b.*|-- ?\+goose up\b.*|\s*--[\s-]*up\s+migration\b.*)$/im;

/** The text with its down sections as blanks; every offset and line stays what it was. */
export function blankDownSections(text: string): string {
  if (!DOWN.test(text)) return text;
  let result = '';
  let rest = text;
  for (let down = DOWN.exec(rest); down !== null; down = DOWN.exec(rest)) {
    const from = down.index;
    const after = from + down[0].length;
    const up = UP.exec(rest.slice(after));
    const until = up === null ? rest.length : after + up.index;
    result += rest.slice(0, from) + rest.slice(from, until).replace(/[^\r\n]/g, ' ');
    rest = rest.slice(until);
  }
  return result + rest;
}
