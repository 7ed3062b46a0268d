/** Fills {{placeholders}} of a rule's message; values are never expanded again. A missing value is the rule's error. */
export function renderMessage(template: string, data: Readonly<Record<string, string | number>> | undefined): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    if (data === undefined || !Object.hasOwn(data, name)) throw new Error(`its message lacks a value for {{${name}}}`);
    return String(data[name]);
  });
}
