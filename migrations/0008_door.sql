-- The door: how people prove who they are, what they are sent to do so, and the record of it.

-- A session is whole only after every factor that is asked for; proved_at is when its person last proved who they are.
alter table sessions add column stage text not null default 'whole' check (stage in ('whole', 'factor', 'enrol'));
alter table sessions add column method text not null default 'password' check (method in ('password', 'passkey', 'sso', 'invitation'));
alter table sessions add column proved_at timestamptz;
alter table sessions add column screen_width integer check (screen_width between 1 and 100000);
alter table sessions add column screen_height integer check (screen_height between 1 and 100000);
alter table sessions add column screen_ratio integer check (screen_ratio between 1 and 100000);

-- A person's authenticator app. step is the last code's: a code counts once.
create table authenticators (
  tenant_id    uuid not null,
  id           uuid not null,
  member_id    uuid not null,
  secret       bytea not null,
  step         bigint not null default 0,
  failures     integer not null default 0,
  locked_until timestamptz,
  confirmed_at timestamptz,
  used_at      timestamptz,
  created_at   timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, member_id),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);

create table recovery_codes (
  tenant_id uuid not null,
  id        uuid not null,
  member_id uuid not null,
  hash      bytea not null check (octet_length(hash) = 32),
  used_at   timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, member_id, hash),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);

-- credential is what was agreed on with the device: its public key, its counter.
create table passkeys (
  tenant_id  uuid not null,
  id         uuid not null,
  member_id  uuid not null,
  lookup     bytea not null check (octet_length(lookup) = 32),
  credential bytea not null,
  name       bytea not null,
  used_at    timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, lookup),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index passkeys_by_member on passkeys (tenant_id, member_id);

-- mark is a keyed hash of device and network: whether somebody was here before shows without opening anything.
create table sign_ins (
  tenant_id  uuid not null,
  id         uuid not null,
  member_id  uuid not null,
  method     text not null check (method in ('password', 'passkey', 'sso', 'invitation', 'code', 'recovery')),
  outcome    text not null check (outcome in ('ok', 'wrong', 'refused', 'locked')),
  device     bytea not null,
  address    bytea not null,
  shortened  boolean not null default false,
  mark       bytea not null check (octet_length(mark) = 32),
  at         timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index sign_ins_by_member on sign_ins (tenant_id, member_id, id);
create index sign_ins_by_time on sign_ins (at) where not shortened;
create index sign_ins_by_age on sign_ins (at);

-- A link that was sent to a person: single use, for one purpose.
create table links (
  tenant_id  uuid not null,
  id         uuid not null,
  member_id  uuid not null,
  purpose    text not null check (purpose in ('reset', 'email', 'ownership')),
  token_hash bytea not null check (octet_length(token_hash) = 32),
  body       bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, token_hash),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index links_by_member on links (tenant_id, member_id, purpose);

-- Single sign-on: an organization's own identity provider, the mail domains that it has shown to be its own, what groups
-- mean, and which of the provider's people is which of ours.
create table sso (
  tenant_id     uuid primary key references organizations (tenant_id),
  issuer        bytea not null,
  client_id     bytea not null,
  client_secret bytea not null,
  enabled       boolean not null default false,
  provision     boolean not null default false,
  role          text not null default 'member' check (role in ('admin', 'manager', 'member', 'auditor', 'custom')),
  role_id       uuid,
  updated_at    timestamptz not null,
  check ((role = 'custom') = (role_id is not null))
);
create table sso_groups (
  tenant_id uuid not null references organizations (tenant_id),
  id        uuid not null,
  name      bytea not null,
  kind      text not null check (kind in ('role', 'department')),
  subject   text not null,
  primary key (tenant_id, id)
);
create table domains (
  tenant_id   uuid not null references organizations (tenant_id),
  id          uuid not null,
  name        bytea not null,
  lookup      bytea not null check (octet_length(lookup) = 32),
  token       text not null,
  verified_at timestamptz,
  checked_at  timestamptz,
  failing_at  timestamptz,
  created_at  timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, lookup)
);
create index domains_by_lookup on domains (lookup) where verified_at is not null;
create table identities (
  tenant_id  uuid not null,
  id         uuid not null,
  member_id  uuid not null,
  lookup     bytea not null check (octet_length(lookup) = 32),
  used_at    timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, lookup),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index identities_by_member on identities (tenant_id, member_id);

-- Not of any organization: what a browser at the door was asked and has not answered, and who asked for a new password.
-- Both are sealed with a key of the installation.
create table challenges (
  key        bytea primary key check (octet_length(key) = 32),
  purpose    text not null,
  body       bytea not null,
  expires_at timestamptz not null
);
create table reset_requests (
  id    uuid primary key,
  email bytea not null,
  at    timestamptz not null
);
grant select, insert, delete on challenges, reset_requests to aimyorg_door;
grant select (tenant_id, lookup, verified_at) on domains to aimyorg_door;
create policy find_by_domain on domains for select to aimyorg_door using (verified_at is not null);
