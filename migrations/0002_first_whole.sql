-- Everything a person wrote is bytea: sealed by the application before it comes here (P31). store.Catalogue says of every
-- column whose it is; a test holds it against this schema. Keys begin with tenant_id; nothing crosses organizations.

create table organizations (
  tenant_id   uuid primary key,
  name        bytea not null,
  state       text not null default 'active' check (state in ('active', 'leaving')),
  leaves_at   timestamptz,
  ai_enabled  boolean not null default false,
  ai_provider text not null default 'none' check (ai_provider in ('none', 'openai', 'openrouter', 'compatible')),
  created_at  timestamptz not null
);

create table members (
  tenant_id      uuid not null references organizations (tenant_id),
  id             uuid not null,
  email          bytea not null,
  email_lookup   bytea not null check (octet_length(email_lookup) = 32),
  name           bytea not null,
  department     bytea,
  role           text not null check (role in ('owner', 'admin', 'manager', 'member', 'auditor')),
  active         boolean not null default true,
  password_hash  text not null check (password_hash ~ '^\$argon2id\$'),
  policy_version integer not null,
  business       boolean not null check (business),
  theme          text not null default '' check (theme in ('', 'light', 'dark')),
  panel_width    integer not null default 380 check (panel_width between 320 and 560),
  panel_folded   boolean not null default false,
  created_at     timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, email_lookup)
);
create index members_by_email on members (email_lookup);

create table sessions (
  tenant_id  uuid not null,
  id         uuid not null,
  member_id  uuid not null,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  device     bytea not null,
  address    bytea not null,
  created_at timestamptz not null,
  seen_at    timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, token_hash),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index sessions_by_member on sessions (tenant_id, member_id);

create table consents (
  tenant_id      uuid not null,
  id             uuid not null,
  member_id      uuid not null,
  provider       text not null check (provider in ('openai', 'openrouter', 'compatible')),
  data_class     text not null check (data_class in ('message', 'task', 'kb', 'agent_config')),
  purpose        text not null check (purpose in ('copilot')),
  given          boolean not null,
  policy_version integer not null,
  text_hash      text not null,
  surface        text not null check (surface in ('sign-up', 'panel', 'account')),
  at             timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index consents_by_member on consents (tenant_id, member_id, id);

create table ai_providers (
  tenant_id     uuid not null references organizations (tenant_id),
  provider      text not null check (provider in ('openai', 'openrouter', 'compatible')),
  enabled       boolean not null default false,
  api_key       bytea,
  models        text[] not null default '{}',
  default_model text not null default '',
  updated_at    timestamptz not null,
  primary key (tenant_id, provider)
);

create table collections (
  tenant_id   uuid not null references organizations (tenant_id),
  id          uuid not null,
  name        bytea not null,
  description bytea not null,
  ai_allowed  boolean not null,
  created_by  uuid not null,
  created_at  timestamptz not null,
  primary key (tenant_id, id)
);

create table collection_access (
  tenant_id     uuid not null,
  collection_id uuid not null,
  kind          text not null check (kind in ('everyone', 'role', 'member')),
  subject       text not null,
  primary key (tenant_id, collection_id, kind, subject),
  foreign key (tenant_id, collection_id) references collections (tenant_id, id) on delete cascade
);

create table documents (
  tenant_id     uuid not null,
  id            uuid not null,
  collection_id uuid not null,
  title         bytea not null,
  current_id    uuid not null,
  created_by    uuid not null,
  created_at    timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, collection_id) references collections (tenant_id, id)
);
create index documents_by_collection on documents (tenant_id, collection_id, id desc);

-- number counts a document's versions; num counts an organization's versions and is what search blocks refer to.
create table document_versions (
  tenant_id   uuid not null,
  id          uuid not null,
  document_id uuid not null,
  number      integer not null,
  num         bigint not null,
  file_name   bytea not null,
  media_type  text not null,
  bytes       bigint not null,
  digest      bytea not null,
  written     boolean not null,
  state       text not null check (state in ('waiting', 'reading', 'ready', 'unreadable')),
  reason      text not null default '',
  pages       integer not null default 0,
  passages    integer not null default 0,
  created_by  uuid not null,
  created_at  timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, num),
  unique (tenant_id, document_id, number),
  foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);

create table document_parts (
  tenant_id  uuid not null,
  version_id uuid not null,
  part       integer not null,
  first_byte integer not null,
  last_byte  integer not null,
  body       bytea not null,
  primary key (tenant_id, version_id, part),
  foreign key (tenant_id, version_id) references document_versions (tenant_id, id) on delete cascade
);
alter table document_parts alter column body set storage external;

create table passages (
  tenant_id  uuid not null,
  version_id uuid not null,
  ordinal    integer not null,
  first_byte integer not null,
  last_byte  integer not null,
  place      bytea not null,
  body       bytea not null,
  primary key (tenant_id, version_id, ordinal),
  foreign key (tenant_id, version_id) references document_versions (tenant_id, id) on delete cascade
);
alter table passages alter column body set storage external;

-- One row an organization: the next number of a version or merged segment, and an epoch that moves whenever who may read what, or what is current, changes.
create table search_state (
  tenant_id    uuid primary key references organizations (tenant_id),
  next_number bigint not null default 1,
  epoch        bigint not null default 1
);

create table search_segments (
  tenant_id uuid not null references organizations (tenant_id),
  segment   bigint not null,
  passages  integer not null,
  directory bytea not null,
  primary key (tenant_id, segment)
);
alter table search_segments alter column directory set storage external;

create table search_blocks (
  tenant_id uuid not null,
  term      bytea not null,
  segment   bigint not null,
  data      bytea not null,
  primary key (tenant_id, term, segment),
  foreign key (tenant_id, segment) references search_segments (tenant_id, segment) on delete cascade
);
alter table search_blocks alter column data set storage external;
create index search_blocks_by_segment on search_blocks (tenant_id, segment, term);

create table conversations (
  tenant_id  uuid not null,
  id         uuid not null,
  member_id  uuid not null,
  title      bytea not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members (tenant_id, id)
);
create index conversations_by_member on conversations (tenant_id, member_id, updated_at desc);

create table messages (
  tenant_id       uuid not null,
  id              uuid not null,
  conversation_id uuid not null,
  member_id       uuid not null,
  answer          boolean not null,
  question_id     uuid,
  about_id        uuid,
  body            bytea not null,
  state           text not null check (state in ('pending', 'streaming', 'done', 'stopped', 'interrupted', 'failed')),
  reason          text not null default '',
  retry_after     integer not null default 0,
  provider        text not null default 'none',
  model           text not null default '',
  quoting         boolean not null default false,
  withheld        integer not null default 0,
  receipt_id      uuid,
  stop            boolean not null default false,
  beat_at         timestamptz not null,
  created_at      timestamptz not null,
  finished_at     timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade
);
create index messages_by_conversation on messages (tenant_id, conversation_id, id);
create index messages_running on messages (beat_at) where state in ('pending', 'streaming');

create table citations (
  tenant_id   uuid not null,
  message_id  uuid not null,
  number      integer not null,
  document_id uuid not null,
  version_id  uuid not null,
  ordinal     integer not null,
  primary key (tenant_id, message_id, number),
  foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete cascade
);

-- The egress ledger: one row a request, committed before anything is sent (P40, P51).
create table receipts (
  tenant_id       uuid not null,
  id              uuid not null,
  member_id       uuid not null,
  message_id      uuid,
  conversation_id uuid,
  purpose         text not null check (purpose in ('copilot', 'test')),
  provider        text not null check (provider in ('openai', 'openrouter', 'compatible')),
  host            text not null,
  model           text not null,
  served          text not null default '',
  served_by       text not null default '',
  upstream        text not null default '',
  classes         text[] not null,
  flags           text[] not null,
  consents        text[] not null,
  policy_version  integer not null,
  bytes_out       bigint not null,
  bytes_in        bigint not null default 0,
  tokens_in       integer not null default 0,
  tokens_out      integer not null default 0,
  estimated       boolean not null default false,
  body_mac        text not null,
  outcome         text not null check (outcome in ('started', 'ok', 'cut', 'stopped', 'refused', 'error', 'unknown', 'violation')),
  status          integer not null default 0,
  started_at      timestamptz not null,
  ended_at        timestamptz,
  primary key (tenant_id, id),
  check (purpose = 'test' or (message_id is not null and conversation_id is not null and cardinality(consents) > 0)),
  foreign key (tenant_id, member_id) references members (tenant_id, id)
);
create index receipts_by_member on receipts (tenant_id, member_id, id desc);
create index receipts_by_message on receipts (tenant_id, message_id);

create table receipt_sources (
  tenant_id   uuid not null,
  receipt_id  uuid not null,
  position    integer not null,
  document_id uuid not null,
  version_id  uuid not null,
  ordinal     integer not null,
  primary key (tenant_id, receipt_id, position),
  foreign key (tenant_id, receipt_id) references receipts (tenant_id, id) on delete cascade
);

-- The audit log. Entries are inserted in the transaction that they record; a sealer builds batches of them, each chained
-- to the one before, within ten seconds.
create table audit_entries (
  tenant_id uuid not null references organizations (tenant_id),
  id        uuid not null,
  at        timestamptz not null,
  actor     uuid,
  verb      text not null,
  kind      text not null,
  object    uuid,
  detail    bytea not null,
  salt      bytea not null,
  commitment bytea not null check (octet_length(commitment) = 32),
  primary key (tenant_id, id)
);

create index audit_entries_by_time on audit_entries (id);

create table audit_batches (
  tenant_id uuid not null references organizations (tenant_id),
  number    bigint not null,
  entries   integer not null,
  last_id   uuid not null,
  root      bytea not null check (octet_length(root) = 32),
  previous  bytea not null check (octet_length(previous) = 32),
  hash      bytea not null check (octet_length(hash) = 32),
  sealed_at timestamptz not null,
  primary key (tenant_id, number)
);

create table audit_members (
  tenant_id uuid not null,
  number    bigint not null,
  position  integer not null,
  entry_id  uuid not null,
  primary key (tenant_id, number, position),
  unique (tenant_id, entry_id),
  foreign key (tenant_id, number) references audit_batches (tenant_id, number),
  foreign key (tenant_id, entry_id) references audit_entries (tenant_id, id)
);

-- Not of any organization.
create table policy_versions (
  version      integer primary key,
  text_hash    text not null,
  material     boolean not null,
  published_at timestamptz not null,
  effective_at timestamptz not null,
  check (version = 1 or not material or effective_at >= published_at + interval '30 days')
);

create table attempts (
  key        bytea primary key check (octet_length(key) = 32),
  count      integer not null,
  since      timestamptz not null
);

-- Walls: every table above with a tenant_id is forced under row-level security; unset, the setting is an error.
do $$
declare
  t text;
begin
  for t in select table_name from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id' loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_organization on %I to aimyorg_app using (tenant_id = current_setting(''app.tenant_id'')::uuid)
      with check (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
    execute format('grant select, insert, update, delete on %I to aimyorg_app', t);
  end loop;
end $$;

-- What is written once stays as it was written.
revoke update, delete on consents, audit_entries, audit_batches, audit_members from aimyorg_app;
revoke update, delete on receipts from aimyorg_app;
grant update (served, served_by, upstream, bytes_out, bytes_in, tokens_in, tokens_out, estimated, outcome, status, ended_at)
  on receipts to aimyorg_app;
revoke update on citations, receipt_sources, passages, document_parts, search_blocks from aimyorg_app;
grant select on policy_versions to aimyorg_app, aimyorg_door;

grant select (tenant_id, id, email_lookup, password_hash, active, role, created_at) on members to aimyorg_door;
create policy find_by_email on members for select to aimyorg_door using (true);
grant select, insert, update, delete on attempts to aimyorg_door;

grant select (tenant_id, state) on organizations to aimyorg_worker;
create policy find_work on organizations for select to aimyorg_worker using (true);
grant select (tenant_id, id, state, beat_at) on messages to aimyorg_worker;
create policy find_work on messages for select to aimyorg_worker using (true);
grant select (tenant_id, id) on audit_entries to aimyorg_worker;
create policy find_work on audit_entries for select to aimyorg_worker using (true);
grant select (tenant_id, entry_id) on audit_members to aimyorg_worker;
create policy find_work on audit_members for select to aimyorg_worker using (true);
grant select (tenant_id, state, id) on document_versions to aimyorg_worker;
create policy find_work on document_versions for select to aimyorg_worker using (true);
grant delete, select (tenant_id, id, created_at, seen_at) on sessions to aimyorg_worker;
create policy end_over on sessions to aimyorg_worker using (true) with check (false);
