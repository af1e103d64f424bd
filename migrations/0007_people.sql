-- People, the departments that they are in and the roles that they have.

-- Roles of an organization's own beside the five built-in ones: a name for a set of permissions.
create table roles (
  tenant_id   uuid not null references organizations (tenant_id),
  id          uuid not null,
  name        bytea not null,
  permissions text[] not null,
  created_at  timestamptz not null,
  primary key (tenant_id, id)
);

create table departments (
  tenant_id  uuid not null references organizations (tenant_id),
  id         uuid not null,
  parent_id  uuid,
  name       bytea not null,
  manager_id uuid,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check (parent_id <> id),
  foreign key (tenant_id, parent_id) references departments (tenant_id, id),
  foreign key (tenant_id, manager_id) references members (tenant_id, id)
);
create index departments_by_parent on departments (tenant_id, parent_id);

-- Where departments and people were before: a move is never overwritten.
create table moves (
  tenant_id uuid not null references organizations (tenant_id),
  id        uuid not null,
  kind      text not null check (kind in ('department', 'member')),
  subject   uuid not null,
  from_id   uuid,
  to_id     uuid,
  moved_by  uuid,
  at        timestamptz not null,
  primary key (tenant_id, id)
);
create index moves_by_subject on moves (tenant_id, subject, id);

-- The department that a person typed of themselves gives way to the one that they are in.
alter table members drop column department;
alter table members add column title bytea;
alter table members add column department_id uuid;
alter table members add column role_id uuid;
alter table members add column locale text not null default '';
alter table members add column time_zone text not null default '';
alter table members add column measured boolean not null default true;
alter table members add column changed bigint not null default 0;
alter table members add foreign key (tenant_id, department_id) references departments (tenant_id, id);
alter table members add foreign key (tenant_id, role_id) references roles (tenant_id, id);
alter table members drop constraint members_role_check;
alter table members add constraint members_role_check check (role in ('owner', 'admin', 'manager', 'member', 'auditor', 'custom')
  and (role = 'custom') = (role_id is not null));
-- Who signs in by a passkey or single sign-on only has no password.
alter table members drop constraint members_password_hash_check;
alter table members add constraint members_password_hash_check check (password_hash = '' or password_hash ~ '^\$argon2id\$');
create index members_by_change on members (tenant_id, changed);
create index members_by_department on members (tenant_id, department_id);

-- A line of access may be about a department, and may deny; a document may have lines of its own.
alter table collection_access drop constraint collection_access_kind_check;
alter table collection_access add constraint collection_access_kind_check check (kind in ('everyone', 'department', 'role', 'member'));
alter table collection_access add column denied boolean not null default false;
create table document_access (
  tenant_id   uuid not null,
  document_id uuid not null,
  kind        text not null check (kind in ('everyone', 'department', 'role', 'member')),
  subject     text not null,
  denied      boolean not null default false,
  primary key (tenant_id, document_id, kind, subject),
  foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);

create table invitations (
  tenant_id     uuid not null references organizations (tenant_id),
  id            uuid not null,
  email         bytea not null,
  email_lookup  bytea not null check (octet_length(email_lookup) = 32),
  name          bytea not null,
  role          text not null check (role in ('admin', 'manager', 'member', 'auditor', 'custom')),
  role_id       uuid,
  department_id uuid,
  token_hash    bytea not null check (octet_length(token_hash) = 32),
  mail_id       uuid,
  invited_by    uuid not null,
  created_at    timestamptz not null,
  expires_at    timestamptz not null,
  accepted_at   timestamptz,
  revoked_at    timestamptz,
  member_id     uuid,
  primary key (tenant_id, id),
  unique (tenant_id, token_hash),
  check ((role = 'custom') = (role_id is not null)),
  foreign key (tenant_id, role_id) references roles (tenant_id, id),
  foreign key (tenant_id, department_id) references departments (tenant_id, id),
  foreign key (tenant_id, member_id) references members (tenant_id, id)
);
create index invitations_by_email on invitations (tenant_id, email_lookup);
-- One open invitation for an address, however many people send one at once.
create unique index invitations_open on invitations (tenant_id, email_lookup) where accepted_at is null and revoked_at is null;

-- Who joins by invitation may agree to AI there.
alter table consents drop constraint consents_surface_check;
alter table consents add constraint consents_surface_check check (surface in ('sign-up', 'panel', 'account', 'invitation'));

-- An organization may want more of its door.
alter table organizations add column factor_required boolean not null default false;
alter table organizations add column sso_required boolean not null default false;
