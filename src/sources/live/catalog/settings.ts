/** `name=value` entries of proconfig, rolconfig, reloptions and fdw options; a name cannot hold an equals sign. */
export function settings(
  entries: readonly string[] | null,
): readonly { readonly name: string; readonly value: string }[] {
  return (entries ?? []).map((entry) => {
    const at = entry.indexOf('=');
    return at === -1
      ? { name: entry.toLowerCase(), value: '' }
      : { name: entry.slice(0, at).toLowerCase(), value: entry.slice(at + 1) };
  });
}

/** A boolean storage option as Postgres reads it (parse_bool: on, true, yes, 1 and their prefixes); false without it. */
export function isOn(entries: readonly string[] | null, name: string): boolean {
  const value = settings(entries)
    .find((each) => each.name === name)
    ?.value.toLowerCase();
  return (
    value !== undefined &&
    ['true', 'yes', 'on', '1'].some((word) => value !== '' && word.startsWith(value) && value !== 'o')
  );
}
