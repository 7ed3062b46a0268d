/**
 * The operator classes of Postgres itself (pg_opclass of PG 18). Per access method: the types with a default class, as
 * `type` where the class is called `<type><suffix>` and `type=class` elsewhere; then the classes that are no default.
 */
const CLASSES = {
  btree: {
    suffix: '_ops',
    defaults: `anyarray=array_ops anyenum=enum_ops anymultirange=multirange_ops anyrange=range_ops bit bool bpchar bytea char
      date float4 float8 inet int2 int4 int8 interval jsonb macaddr macaddr8 money name numeric oid oidvector pg_lsn record
      text tid time timestamp timestamptz timetz tsquery tsvector uuid varbit xid8`,
    others: 'bpchar_pattern_ops cidr_ops record_image_ops text_pattern_ops varchar_ops varchar_pattern_ops',
  },
  hash: {
    suffix: '_ops',
    defaults: `aclitem anyarray=array_ops anyenum=enum_ops anymultirange=multirange_ops anyrange=range_ops bool bpchar bytea
      char cid date float4 float8 inet int2 int4 int8 interval jsonb macaddr macaddr8 name numeric oid oidvector pg_lsn record
      text tid time timestamp timestamptz timetz uuid xid xid8`,
    others: 'bpchar_pattern_ops cidr_ops text_pattern_ops varchar_ops varchar_pattern_ops',
  },
  gin: { suffix: '_ops', defaults: 'anyarray=array_ops jsonb tsvector', others: 'jsonb_path_ops' },
  gist: {
    suffix: '_ops',
    defaults: 'anymultirange=multirange_ops anyrange=range_ops box circle point polygon=poly_ops tsquery tsvector',
    others: 'inet_ops',
  },
  spgist: {
    suffix: '_ops',
    defaults: 'anyrange=range_ops box inet point=quad_point_ops polygon=poly_ops text',
    others: 'kd_point_ops',
  },
  brin: {
    suffix: '_minmax_ops',
    defaults: `anyrange=range_inclusion_ops bit box=box_inclusion_ops bpchar bytea char date float4 float8
      inet=inet_inclusion_ops int2 int4 int8 interval macaddr macaddr8 name numeric oid pg_lsn text tid time timestamp
      timestamptz timetz uuid varbit`,
    others: `inet_minmax_ops inet_minmax_multi_ops bpchar_bloom_ops bytea_bloom_ops char_bloom_ops date_bloom_ops
      date_minmax_multi_ops float4_bloom_ops float4_minmax_multi_ops float8_bloom_ops float8_minmax_multi_ops inet_bloom_ops
      int2_bloom_ops int2_minmax_multi_ops int4_bloom_ops int4_minmax_multi_ops int8_bloom_ops int8_minmax_multi_ops
      interval_bloom_ops interval_minmax_multi_ops macaddr_bloom_ops macaddr_minmax_multi_ops macaddr8_bloom_ops
      macaddr8_minmax_multi_ops name_bloom_ops numeric_bloom_ops numeric_minmax_multi_ops oid_bloom_ops
      oid_minmax_multi_ops pg_lsn_bloom_ops pg_lsn_minmax_multi_ops text_bloom_ops tid_bloom_ops tid_minmax_multi_ops
      time_bloom_ops time_minmax_multi_ops timestamp_bloom_ops timestamp_minmax_multi_ops timestamptz_bloom_ops
      timestamptz_minmax_multi_ops timetz_bloom_ops timetz_minmax_multi_ops uuid_bloom_ops uuid_minmax_multi_ops`,
  },
} as const;

type Method = keyof typeof CLASSES;

export function isBuiltInMethod(method: string): method is Method {
  return Object.hasOwn(CLASSES, method);
}

interface Classes {
  /** Type to class. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly names: ReadonlyMap<string, { readonly isDefault: boolean }>;
}

const CLASSES_OF: ReadonlyMap<string, Classes> = new Map(
  Object.entries(CLASSES).map(([method, { suffix, defaults, others }]) => {
    const pairs = defaults.split(/\s+/).map((entry): [string, string] => {
      const [type = '', called = `${type}${suffix}`] = entry.split('=');
      return [type, called];
    });
    const names = new Map<string, { readonly isDefault: boolean }>([
      ...others.split(/\s+/).map((name) => [name, { isDefault: false }] as const),
      ...pairs.map(([, called]) => [called, { isDefault: true }] as const),
    ]);
    return [method, { defaults: new Map(pairs), names }];
  }),
);

/** The default class of a built-in type (or of anyarray, anyenum, anyrange, anymultirange, record) for an access method. */
export function builtInDefaultClass(method: Method, type: string): string | undefined {
  return CLASSES_OF.get(method)?.defaults.get(type);
}

/** Is it a class of the access method, and if so, is it the default one of some type? */
export function builtInClass(method: Method, name: string): { readonly isDefault: boolean } | undefined {
  return CLASSES_OF.get(method)?.names.get(name);
}
