import type { Acl } from '../../../graph/privileges/privileges.ts';

/** aclequal(): the same entries, in whatever order. */
export function sameAcl(a: Acl, b: Acl): boolean {
  return (
    a.length === b.length &&
    a.every((entry) =>
      b.some(
        (other) =>
          other.grantee === entry.grantee &&
          other.privileges === entry.privileges &&
          other.grantable === entry.grantable,
      ),
    )
  );
}
