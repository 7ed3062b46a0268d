create schema pgsodium_masks;

create type pgsodium.key_status as enum ('default', 'valid', 'invalid', 'expired');
create type pgsodium.key_type as enum (
  'aead-ietf', 'aead-det', 'hmacsha512', 'hmacsha256', 'auth', 'shorthash', 'generichash', 'kdf', 'secretbox', 'secretstream', 'stream_xchacha20'
);
create type pgsodium.crypto_box_keypair as (public bytea, secret bytea);
create type pgsodium.crypto_sign_keypair as (public bytea, secret bytea);

create sequence pgsodium.key_key_id_seq;
create table pgsodium.key (
  id uuid primary key default gen_random_uuid(),
  status pgsodium.key_status default 'valid',
  created timestamptz not null default current_timestamp,
  expires timestamptz,
  key_type pgsodium.key_type,
  key_id bigint default nextval('pgsodium.key_key_id_seq'),
  key_context bytea default 'pgsodium',
  name text unique,
  associated_data text default 'associated',
  raw_key bytea,
  raw_key_nonce bytea,
  parent_key uuid references pgsodium.key (id),
  comment text,
  user_data text
);
create view pgsodium.valid_key as
  select id, name, status, key_type, key_id, key_context, created, expires, associated_data from pgsodium.key
  where status in ('valid', 'default');
create view pgsodium.decrypted_key as
  select id, status, created, expires, key_type, key_id, key_context, name, associated_data, raw_key,
    raw_key as decrypted_raw_key, raw_key_nonce, parent_key, comment from pgsodium.key;

create function pgsodium.create_key(
  key_type pgsodium.key_type default 'aead-det', name text default null, raw_key bytea default null,
  raw_key_nonce bytea default null, parent_key uuid default null, key_context bytea default 'pgsodium',
  expires timestamptz default null, associated_data text default ''
) returns pgsodium.valid_key language sql as $$ select null::pgsodium.valid_key $$;
create function pgsodium.crypto_aead_det_keygen() returns bytea language sql as $$ select ''::bytea $$;
create function pgsodium.crypto_aead_det_noncegen() returns bytea language sql as $$ select ''::bytea $$;
create function pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid) returns bytea
language sql stable strict as $$ select message $$;
create function pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea) returns bytea
language sql stable as $$ select message $$;
create function pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key bytea, nonce bytea default null) returns bytea
language sql immutable as $$ select message $$;
create function pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid) returns bytea
language sql stable strict as $$ select message $$;
create function pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea) returns bytea
language sql stable as $$ select message $$;
create function pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key bytea, nonce bytea default null) returns bytea
language sql immutable as $$ select message $$;
create function pgsodium.randombytes_random() returns integer language sql as $$ select 0 $$;
create function pgsodium.randombytes_uniform(upper_bound integer) returns integer language sql strict as $$ select 0 $$;
create function pgsodium.randombytes_buf(size integer) returns bytea language sql strict as $$ select ''::bytea $$;
create function pgsodium.crypto_secretbox_keygen() returns bytea language sql as $$ select ''::bytea $$;
create function pgsodium.crypto_secretbox_noncegen() returns bytea language sql as $$ select ''::bytea $$;
create function pgsodium.crypto_secretbox(message bytea, nonce bytea, key bytea) returns bytea language sql immutable as $$ select message $$;
create function pgsodium.crypto_secretbox_open(ciphertext bytea, nonce bytea, key bytea) returns bytea
language sql immutable as $$ select ciphertext $$;
create function pgsodium.crypto_hash_sha256(message bytea) returns bytea language sql immutable strict as $$ select sha256(message) $$;
create function pgsodium.crypto_hash_sha512(message bytea) returns bytea language sql immutable strict as $$ select sha512(message) $$;
create function pgsodium.trg_mask_update() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger pgsodium_trg_mask_update on ddl_command_end execute function pgsodium.trg_mask_update();
